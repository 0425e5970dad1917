#!/usr/bin/python3
"""Trains one gesture network and makes four models of it: float32, int8, pruned, distilled.

Usage: train.py FOLDER, which gets four .tflite files and test.npz
Needs PyTorch, and on PYTHONPATH the folders firmware-samples/gesture/train and .../converter and
the bindings made by flatc; `make -C firmware-samples compare-models` has it all. Seeds are fixed and
one thread is used, so a run repeats itself on the same machine.
"""

import argparse
import pathlib

import motion
import numpy as np
import sequence
import torch
from torch import nn
from torch.nn import functional

TRAINING_SEED, TEST_SEED, NETWORK_SEED = 61, 62, 63
MOVEMENTS, TEST_MOVEMENTS = 4000, 75  # of each label
EPOCHS, FINE_TUNING_EPOCHS = 30, 15
INPUT_SCALE = 1.0 / 32.0  # one step of an int8 input, as in the gesture sample
CHANNELS = 6
KEPT_CHANNELS = 0.5  # of each layer, by pruning
TEMPERATURE, TEACHER_SHARE = 3.0, 0.7  # of distillation

# The gesture sample's network.
NETWORK = [
    sequence.Conv("conv", 16, (8, 1), (4, 1)),
    sequence.Depthwise("block1/depthwise", (5, 1), (2, 1)),
    sequence.Conv("block1/pointwise", 32, (1, 1)),
    sequence.Depthwise("block2/depthwise", (5, 1), (2, 1)),
    sequence.Conv("block2/pointwise", 32, (1, 1)),
    sequence.Pool("pool"),
    sequence.Dense("dense", len(motion.LABELS)),
    sequence.Softmax("softmax"),
]
STUDENT = [
    sequence.Conv("conv", 8, (8, 1), (8, 1)),
    sequence.Depthwise("block/depthwise", (5, 1), (2, 1)),
    sequence.Conv("block/pointwise", 16, (1, 1)),
    sequence.Pool("pool"),
    sequence.Dense("dense", len(motion.LABELS)),
    sequence.Softmax("softmax"),
]


def _shaken(rng, acceleration, rotation):
    """A hand that trembles and walks while it draws, so that not every gesture is plain to see."""
    shake = rng.uniform(0.0, 1.2)
    for axis in range(3):
        acceleration[:, axis] += _below_8_hz(rng, shake)
        rotation[:, axis] += _below_8_hz(rng, 200.0 * shake)
    return acceleration, rotation


def _below_8_hz(rng, deviation):
    spectrum = np.fft.rfft(rng.standard_normal(motion.WINDOW))
    spectrum[np.fft.rfftfreq(motion.WINDOW, 1 / motion.RATE_HZ) > 8.0] = 0
    noise = np.fft.irfft(spectrum, motion.WINDOW)
    return deviation * noise / noise.std()


def _windows(count, seed):
    """(int8 [n, 128, 6], class numbers): `count` made-up movements of each label, mixed."""
    rng = np.random.default_rng(seed)
    inputs, labels = [], []
    for number in rng.permutation(np.repeat(np.arange(len(motion.LABELS)), count)):
        moved = motion.movement(rng, motion.LABELS[number])
        inputs.append(motion.as_input(*_shaken(rng, *moved)))
        labels.append(number)
    return np.stack(inputs), np.array(labels)


def _as_network_input(samples):
    real = samples.transpose(0, 2, 1)[..., None].astype(np.float32) * INPUT_SCALE
    return torch.tensor(real)


def _pruned(model):
    """The same network with the strongest half of each layer's channels, and their weights.

    Whole channels go, in the layer that makes them and in those that read them, so that the model
    really gets smaller: single weights set to zero cost a dense kernel as much as others.
    """
    kept, layers, states = torch.arange(CHANNELS), [], []
    for layer, module in zip(model.layers, model.modules_of):
        state = {key: value.clone() for key, value in module.state_dict().items()}
        if isinstance(layer, sequence.Conv):
            weights = state["1.weight"][:, kept]
            strength = weights.flatten(1).norm(dim=1) * state["2.weight"].abs()
            strength /= torch.sqrt(state["2.running_var"])
            count = max(1, round(KEPT_CHANNELS * layer.channels))
            kept = torch.sort(strength.topk(count).indices).values
            state["1.weight"] = weights
            layer = sequence.Conv(layer.name, count, layer.kernel, layer.stride)
        if isinstance(layer, (sequence.Conv, sequence.Depthwise)):
            for key, value in state.items():
                state[key] = value[kept] if value.ndim else value
        elif isinstance(layer, sequence.Dense):
            state["weight"] = state["weight"][:, kept]
        layers.append(layer)
        states.append(state)
    smaller = sequence.Sequence(model.shape, layers)
    for module, state in zip(smaller.modules_of, states):
        module.load_state_dict(state)
    return smaller


def _distillation_loss(outputs, targets):
    """targets: the teacher's logits, then the class as 0 and 1."""
    teacher, truth = targets.chunk(2, dim=1)
    soft = functional.kl_div(
        functional.log_softmax(outputs / TEMPERATURE, 1),
        functional.softmax(teacher / TEMPERATURE, 1),
        reduction="batchmean",
    )
    hard = functional.cross_entropy(outputs, truth)
    return TEACHER_SHARE * TEMPERATURE**2 * soft + (1 - TEACHER_SHARE) * hard


def _new_network(layers):
    torch.manual_seed(NETWORK_SEED)
    return sequence.Sequence((motion.WINDOW, 1, CHANNELS), layers)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    folder = parser.parse_args().folder

    torch.set_num_threads(1)
    samples, labels = _windows(MOVEMENTS, TRAINING_SEED)
    inputs, targets = _as_network_input(samples), torch.tensor(labels)
    loss = nn.CrossEntropyLoss(label_smoothing=0.02)

    network = _new_network(NETWORK)
    sequence.fit(network, inputs, targets, loss, EPOCHS, NETWORK_SEED)
    pruned = _pruned(network)
    sequence.fit(pruned, inputs, targets, loss, FINE_TUNING_EPOCHS, NETWORK_SEED)
    with torch.no_grad():
        teacher = network(inputs)
    truth = functional.one_hot(targets, len(motion.LABELS)).float()
    student = _new_network(STUDENT)
    taught = torch.cat([teacher, truth], dim=1)
    sequence.fit(student, inputs, taught, _distillation_loss, EPOCHS, NETWORK_SEED)

    calibration = inputs[:600]
    title = "tinyscope gestures compared, "
    models = {
        "float32": sequence.build_float32(network, title + "float32"),
        "int8": sequence.build(network, calibration, INPUT_SCALE, 0, title + "int8"),
        "pruned": sequence.build(pruned, calibration, INPUT_SCALE, 0, title + "pruned, int8"),
        "distilled": sequence.build(
            student, calibration, INPUT_SCALE, 0, title + "distilled, int8"
        ),
    }
    for name, model in models.items():
        (folder / f"{name}.tflite").write_bytes(model)

    test, truth = _windows(TEST_MOVEMENTS, TEST_SEED)
    # In g and 16 degrees a second: exact in float16, as a step is 1/32.
    real = (test[:, :, None, :] * INPUT_SCALE).astype(np.float16)
    named = np.array(motion.LABELS)[truth]
    np.savez_compressed(folder / "test.npz", x=real, y=named, labels=np.array(motion.LABELS))
    for name, trained in (("float32", network), ("pruned", pruned), ("distilled", student)):
        with torch.no_grad():
            guess = trained(_as_network_input(test)).argmax(1).numpy()
        print(f"{name} in PyTorch: {100 * np.mean(guess == truth):.2f} % of {len(truth)}")


if __name__ == "__main__":
    main()
