"""A network of two dense layers: pixels -> hidden units (ReLU) -> one score per class (softmax)."""

from math import exp, log, sqrt
from operator import mul


class Layer:
    """One dense layer: `rows` holds, for each output, the weight of every input and, last, the bias."""

    def __init__(self, inputs, outputs, random):
        limit = sqrt(6 / inputs)
        self.rows = [[random.uniform(-limit, limit) for _ in range(inputs)] + [0.0] for _ in range(outputs)]
        self.gradient = zeros(self.rows)
        self.velocity = zeros(self.rows)

    def forward(self, inputs):
        return [sum(map(mul, row, inputs), row[-1]) for row in self.rows]

    def backward(self, inputs, slopes):
        """The chain rule: adds to the gradient, given the slope of the loss at each output."""
        inputs = inputs + [1.0]  # what the bias is multiplied with
        for output, slope in enumerate(slopes):
            if slope != 0:
                self.gradient[output] = [g + slope * value for g, value in zip(self.gradient[output], inputs)]

    def update(self, learning_rate):
        """One step of gradient descent with momentum; forgets the gradient."""
        for row, gradient, velocity in zip(self.rows, self.gradient, self.velocity):
            velocity[:] = [0.9 * v - learning_rate * g for v, g in zip(velocity, gradient)]
            row[:] = [weight + v for weight, v in zip(row, velocity)]
        self.gradient = zeros(self.rows)


class Network:
    def __init__(self, inputs, hidden, outputs, random):
        self.first = Layer(inputs, hidden, random)
        self.second = Layer(hidden, outputs, random)

    def predict(self, pixels):
        """The probability of each class."""
        return softmax(self.second.forward(relu(self.first.forward(pixels))))

    def learn(self, pixels, label):
        """Adds the gradient of one example's loss (cross-entropy) to the layers' gradients; returns that loss."""
        hidden = relu(self.first.forward(pixels))
        probabilities = softmax(self.second.forward(hidden))

        # For softmax with cross-entropy, the slope at the scores is what was said minus what is true.
        slopes = [p - (index == label) for index, p in enumerate(probabilities)]
        columns = zip(*self.second.rows)
        hidden_slopes = [sum(map(mul, column, slopes)) if unit > 0 else 0.0 for unit, column in zip(hidden, columns)]
        self.second.backward(hidden, slopes)
        self.first.backward(pixels, hidden_slopes)
        return -log(max(probabilities[label], 1e-12))


def zeros(rows):
    return [[0.0] * len(row) for row in rows]


def relu(values):
    return [max(0.0, value) for value in values]


def softmax(scores):
    largest = max(scores)  # taken off first so that nothing overflows
    powers = [exp(score - largest) for score in scores]
    total = sum(powers)
    return [power / total for power in powers]
