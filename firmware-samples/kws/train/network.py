"""DS-CNN as MLPerf Tiny uses it for keyword spotting (Zhang et al. 2017, "Hello Edge", size S)."""

import torch
from sequence import same_padding
from torch import nn

CHANNELS = 64
BLOCKS = 4


class DsCnn(nn.Module):
    """Input [n, 1, 49, 10] real feature values, output [n, classes] logits."""

    def __init__(self, classes):
        super().__init__()
        top, bottom = same_padding(49, 10, 2)
        left, right = same_padding(10, 4, 2)
        self.pad = nn.ZeroPad2d((left, right, top, bottom))
        convolutions = [nn.Conv2d(1, CHANNELS, (10, 4), stride=2, bias=False)]
        for _ in range(BLOCKS):
            convolutions.append(
                nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1, groups=CHANNELS, bias=False)
            )
            convolutions.append(nn.Conv2d(CHANNELS, CHANNELS, 1, bias=False))
        self.convolutions = nn.ModuleList(convolutions)
        self.norms = nn.ModuleList([nn.BatchNorm2d(CHANNELS) for _ in convolutions])
        self.dropout = nn.Dropout(0.2)
        self.classifier = nn.Linear(CHANNELS, classes)

    def forward(self, x):
        x = self.pad(x)
        for convolution, norm in zip(self.convolutions, self.norms):
            x = torch.relu(norm(convolution(x)))
        return self.classifier(self.dropout(x.mean(dim=(2, 3))))

    def folded(self):
        """(weights, bias) of each convolution with its batch norm folded in, as numpy arrays."""
        result = []
        for convolution, norm in zip(self.convolutions, self.norms):
            factor = norm.weight / torch.sqrt(norm.running_var + norm.eps)
            weights = convolution.weight * factor[:, None, None, None]
            bias = norm.bias - norm.running_mean * factor
            result.append((weights.detach().numpy(), bias.detach().numpy()))
        return result
