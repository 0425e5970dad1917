"""Accuracy on the device: labelled inputs through simulated firmware, and figures of its answers."""
