"""Accuracy on the device: labelled inputs through simulated firmware, figures of its answers."""
