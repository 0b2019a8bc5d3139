"""One training step of `quick`'s head (mode outer, core block, five taps) in PyTorch eager, float32: what our engine is compared with.

The same shapes as BreastMNIST's: 32 samples of 37 tokens, e = 1920, a block of SmolLM2-135M's size without causal mask and rotation,
every row computed (no absorbed form), AdamW. Weights are random: the time does not depend on them.

    python test/bench/pytorch_head.py [threads]
"""

import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

B, N, E, L, HEADS, KEY_HEADS, HIDDEN = 32, 37, 1920, 576, 9, 3, 1536


class Head(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(E)
        self.m1 = nn.Linear(E, L, bias=False)
        self.m2 = nn.Linear(L, E, bias=False)
        self.head = nn.Linear(E, 2)

        def frozen(*shape):
            return nn.Parameter(torch.randn(*shape) * 0.02, requires_grad=False)

        self.q, self.o = frozen(L, L), frozen(L, L)
        self.k, self.v = frozen(L * KEY_HEADS // HEADS, L), frozen(L * KEY_HEADS // HEADS, L)
        self.gate, self.up, self.down = frozen(HIDDEN, L), frozen(HIDDEN, L), frozen(L, HIDDEN)
        self.norm1, self.norm2, self.norm3 = frozen(L), frozen(L), frozen(L)

    def forward(self, z):  # [B, N, e]
        u = self.m1(z)  # [B, N, L]
        a = F.rms_norm(u, (L,), self.norm1, 1e-5)

        def heads(t, count):
            return t.view(B, N, count, L // HEADS).transpose(1, 2)  # [B, H, N, d]

        q = heads(F.linear(a, self.q), HEADS)
        k = heads(F.linear(a, self.k), KEY_HEADS).repeat_interleave(HEADS // KEY_HEADS, 1)
        v = heads(F.linear(a, self.v), KEY_HEADS).repeat_interleave(HEADS // KEY_HEADS, 1)
        mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(B, N, L)
        h = u + F.linear(mixed, self.o)
        f = F.rms_norm(h, (L,), self.norm2, 1e-5)
        h = h + F.linear(F.silu(F.linear(f, self.gate)) * F.linear(f, self.up), self.down)
        y = self.m2(F.rms_norm(h, (L,), self.norm3, 1e-5)) + z  # [B, N, e]
        return self.head(self.norm(y)[:, 0])


def median(times):
    return sorted(times)[len(times) // 2]


def main():
    torch.manual_seed(0)
    torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else torch.get_num_threads())
    model = Head()
    optimiser = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-4)
    z, labels = torch.randn(B, N, E), torch.randint(0, 2, (B,))
    steps = []
    for _ in range(40):
        start = time.perf_counter()
        optimiser.zero_grad()
        F.cross_entropy(model(z), labels).backward()
        optimiser.step()
        steps.append(1000 * (time.perf_counter() - start))
    x, w = torch.randn(B * N, E), torch.randn(L, E)
    products = []
    for _ in range(60):
        start = time.perf_counter()
        x @ w.T
        products.append(1000 * (time.perf_counter() - start))
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads")
    print(f"training step: median {median(steps[5:]):.1f} ms, least {min(steps[5:]):.1f} ms")
    print(f"its largest product, z M1: median {median(products):.1f} ms, least {min(products):.1f} ms")


main()
