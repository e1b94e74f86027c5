"""Teaches a small neural network to read handwritten digits: `python3 train.py`, about 20 seconds, no packages.

It does not know who runs it. Environment variables say where outputs and checkpoints go and what to resume from,
lines of JSON on stdout tell of metrics and checkpoints, and SIGTERM means: save and leave. See ../README.md.
"""

import argparse
import json
import os
import signal
import sys
import threading
from random import Random

from data import SIDE, make_digits
from network import Network

BATCH_SIZE = 20
STEPS_PER_REPORT = 20

OUTPUTS = os.environ.get("RUNCTL_OUTPUT_DIR") or "outputs"
CHECKPOINTS = os.environ.get("RUNCTL_CHECKPOINT_DIR") or "checkpoints"
RESUME_FROM = os.environ.get("RUNCTL_RESUME_FROM")

STOP = threading.Event()


class Training:
    """Everything that changes while training goes on, and how to save and load it."""

    def __init__(self, options):
        random = Random(options.seed)
        self.options = options
        self.train = make_digits(3000, random)
        self.test = make_digits(500, random)
        self.network = Network(SIDE * SIDE, options.hidden, 10, random)
        self.step = 0
        self.loss = None  # of the latest batches, smoothed

    def steps_per_epoch(self):
        return len(self.train) // BATCH_SIZE

    def run(self):
        while self.step < self.options.epochs * self.steps_per_epoch():
            epoch, position = divmod(self.step, self.steps_per_epoch())
            # The order depends on seed and epoch alone, so that it survives a resume.
            order = Random(self.options.seed + epoch).sample(self.train, len(self.train))
            for start in range(position * BATCH_SIZE, len(order), BATCH_SIZE):
                if STOP.is_set():
                    return
                self.learn(order[start : start + BATCH_SIZE])
            self.finish_epoch(epoch + 1)

    def learn(self, batch):
        """One step: follows the mean gradient of a batch."""
        loss = sum(self.network.learn(pixels, label) for label, pixels in batch) / len(batch)
        for layer in (self.network.first, self.network.second):
            layer.update(self.options.lr / len(batch))
        self.step += 1
        self.loss = loss if self.loss is None else 0.95 * self.loss + 0.05 * loss
        if self.step % STEPS_PER_REPORT == 0:
            self.report("loss", self.loss)

    def finish_epoch(self, epoch):
        accuracy = self.accuracy()
        self.report("accuracy", accuracy)
        say(f"epoch {epoch} of {self.options.epochs}: loss {self.loss:.4f}, {accuracy:.1%} of the test right")
        self.save()

    def accuracy(self):
        return sum(self.guess(pixels) == label for label, pixels in self.test) / len(self.test)

    def guess(self, pixels):
        probabilities = self.network.predict(pixels)
        return probabilities.index(max(probabilities))

    def report(self, metric, value):
        say(json.dumps({"metric": metric, "step": self.step, "value": round(value, 4)}))

    def save(self):
        """Writes everything that training needs to go on, and says so once the file is whole."""
        os.makedirs(CHECKPOINTS, exist_ok=True)
        path = os.path.join(CHECKPOINTS, f"step-{self.step:06}.json")
        layers = [[layer.rows, layer.velocity] for layer in (self.network.first, self.network.second)]
        state = {"options": belonging(self.options), "step": self.step, "loss": self.loss, "layers": layers}
        # Whoever watches the folder must never see half a checkpoint under its final name.
        with open(f"{path}.partial", "w") as file:
            json.dump(state, file)
        os.replace(f"{path}.partial", path)
        say(json.dumps({"checkpoint": path}))

    def resume(self, saved):
        self.step, self.loss = saved["step"], saved["loss"]
        for layer, (rows, velocity) in zip((self.network.first, self.network.second), saved["layers"]):
            layer.rows, layer.velocity = rows, velocity
        say(f"resumed after step {self.step} from {RESUME_FROM}")

    def write_results(self):
        accuracy = self.accuracy()
        model = {"side": SIDE, "layers": [self.network.first.rows, self.network.second.rows]}
        metrics = {"accuracy": accuracy, "loss": self.loss, "epochs": self.options.epochs, "steps": self.step}
        os.makedirs(OUTPUTS, exist_ok=True)
        for name, content in {"model.json": model, "metrics.json": metrics}.items():
            with open(os.path.join(OUTPUTS, name), "w") as file:
                json.dump(content, file)
        with open(os.path.join(OUTPUTS, "predictions.txt"), "w") as file:
            for label, pixels in self.test[:10]:
                file.write(f"a {label}, read as {self.guess(pixels)}\n{as_text(pixels)}\n\n")
        say(f"done: {accuracy:.1%} of the test right, pictures in {os.path.join(OUTPUTS, 'predictions.txt')}")


def belonging(options):
    """The options that a checkpoint cannot be used without."""
    return {"seed": options.seed, "hidden": options.hidden, "lr": options.lr}


def as_text(pixels):
    """A picture as lines of text, two characters for each pixel: that makes it about square."""
    rows = (pixels[start : start + SIDE] for start in range(0, len(pixels), SIDE))
    return "\n".join("".join(" .:-=+*#%@"[round(ink * 9)] * 2 for ink in row) for row in rows)


def say(line):
    print(line, flush=True)


def read_options():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--epochs", type=int, default=18)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hidden", type=int, default=32)
    parser.add_argument("--lr", type=float, default=0.05)
    options = parser.parse_args()
    if min(options.epochs, options.hidden) < 1 or options.seed < 0 or not 0 < options.lr < float("inf"):
        parser.error("--epochs, --hidden and --lr want a number above 0, --seed one from 0 up")
    return options


def load_checkpoint(path, options):
    """Reads what `save` wrote, provided it belongs to a training with the same options."""
    try:
        with open(path) as file:
            saved = json.load(file)
        if saved["options"] != belonging(options):
            raise ValueError(f"it was made with {saved['options']}, not {belonging(options)}")
        return saved
    except (OSError, ValueError, KeyError, TypeError) as error:
        sys.exit(f"train.py: cannot resume from {path}: {error}")


def main():
    options = read_options()
    saved = load_checkpoint(RESUME_FROM, options) if RESUME_FROM else None
    signal.signal(signal.SIGTERM, lambda *_: STOP.set())
    training = Training(options)
    say(f"{len(training.train)} digits to learn from, {len(training.test)} for the test")
    if saved:
        training.resume(saved)
    training.run()
    if STOP.is_set():
        training.save()
        say(f"stopped after step {training.step} of {options.epochs * training.steps_per_epoch()}")
        sys.exit(143)
    training.write_results()


if __name__ == "__main__":
    main()
