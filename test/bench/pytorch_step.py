"""The networks of `residua bench step` and `bench predict` in PyTorch eager: what our engine is compared with.

A ViT with a frozen LLaMA block on its tokens in mode `outer`, as the reference does it: every token goes through the block, whose
attention has neither causal mask nor rotation. AdamW, one learning rate. Weights are random: the time does not depend on them.
One batch is computed for every line on standard input, and answered by one line of JSON.

    python test/bench/pytorch_step.py --model vit-s16-224 --block-size 7b --batch 8 --arm block < /dev/tty
"""

import argparse
import json
import resource
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

MODELS = {
    "vit-192x6": dict(width=192, heads=3, layers=6, patch=4, side=28, channels=1),
    "vit-s16-224": dict(width=384, heads=6, layers=12, patch=16, side=224, channels=3),
}
BLOCKS = {
    "576": dict(width=576, heads=9, key_heads=3, hidden=1536),
    "7b": dict(width=4096, heads=32, key_heads=32, hidden=11008),
}


class Layer(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-6), nn.LayerNorm(width, eps=1e-6)
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.fc1, self.fc2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):  # [B, N, e]
        b, n, e = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(b, n, 3, self.heads, e // self.heads).permute(2, 0, 3, 1, 4)
        x = x + self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, n, e))
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))


class Vit(nn.Module):
    def __init__(self, width, heads, layers, patch, side, channels):
        super().__init__()
        self.patches = nn.Conv2d(channels, width, patch, patch)
        self.cls = nn.Parameter(torch.randn(1, 1, width) * 0.02)
        self.position = nn.Parameter(torch.randn(1, (side // patch) ** 2 + 1, width) * 0.02)
        self.layers = nn.Sequential(*[Layer(width, heads) for _ in range(layers)])
        self.norm = nn.LayerNorm(width, eps=1e-6)

    def forward(self, x):  # [B, C, side, side]
        x = self.patches(x).flatten(2).transpose(1, 2)  # [B, P, e]
        x = torch.cat([self.cls.expand(len(x), -1, -1), x], 1) + self.position  # [B, N, e]
        return self.layers(x)


class LanguageBlock(nn.Module):
    def __init__(self, width, heads, key_heads, hidden):
        super().__init__()
        self.width, self.heads, self.key_heads = width, heads, key_heads

        def frozen(*shape):
            return nn.Parameter((torch.rand(*shape) - 0.5) * (12 / shape[-1]) ** 0.5, requires_grad=False)

        key_width = width // heads * key_heads
        self.q, self.o = frozen(width, width), frozen(width, width)
        self.k, self.v = frozen(key_width, width), frozen(key_width, width)
        self.gate, self.up, self.down = frozen(hidden, width), frozen(hidden, width), frozen(width, hidden)
        self.norms = nn.ParameterList(nn.Parameter(torch.ones(width), requires_grad=False) for _ in range(3))

    def forward(self, u):  # [B, N, L]
        b, n, _ = u.shape
        size, repeats = self.width // self.heads, self.heads // self.key_heads
        a = F.rms_norm(u, (self.width,), self.norms[0], 1e-5)

        def heads(t, count):
            return t.view(b, n, count, size).transpose(1, 2)  # [B, H, N, d]

        q = heads(F.linear(a, self.q), self.heads)
        k = heads(F.linear(a, self.k), self.key_heads).repeat_interleave(repeats, 1)
        v = heads(F.linear(a, self.v), self.key_heads).repeat_interleave(repeats, 1)
        mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, n, self.width)
        h = u + F.linear(mixed, self.o)
        f = F.rms_norm(h, (self.width,), self.norms[1], 1e-5)
        h = h + F.linear(F.silu(F.linear(f, self.gate)) * F.linear(f, self.up), self.down)
        return F.rms_norm(h, (self.width,), self.norms[2], 1e-5)


class Network(nn.Module):
    def __init__(self, model, block):
        super().__init__()
        self.vit = Vit(**model)
        self.head = nn.Linear(model["width"], 2)
        self.block = None
        if block is not None:
            self.m1 = nn.Linear(model["width"], block["width"], bias=False)
            self.m2 = nn.Linear(block["width"], model["width"], bias=False)
            self.block = LanguageBlock(**block)

    def forward(self, x):
        z = self.vit(x)  # [B, N, e]
        if self.block is not None:
            z = self.m2(self.block(self.m1(z))) + z
        return self.head(self.vit.norm(z[:, 0]))


def peak_mb():
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM:"))
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", choices=MODELS, default="vit-s16-224")
    parser.add_argument("--block-size", choices=BLOCKS, default="7b")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--arm", choices=["plain", "block", "bf16"], default="block")
    parser.add_argument("--work", choices=["step", "predict"], default="step")
    args = parser.parse_args()
    torch.manual_seed(0)
    model = MODELS[args.model]
    network = Network(model, None if args.arm == "plain" else BLOCKS[args.block_size])
    images = torch.randn(args.batch, model["channels"], model["side"], model["side"])
    labels = torch.arange(args.batch) % 2
    optimiser = torch.optim.AdamW([p for p in network.parameters() if p.requires_grad], lr=1e-4, weight_decay=0.05)

    def forward():
        with torch.autocast("cpu", torch.bfloat16, enabled=args.arm == "bf16"):
            return network(images)

    def step():
        optimiser.zero_grad()
        loss = F.cross_entropy(forward().float(), labels)
        loss.backward()
        optimiser.step()

    def predict():
        with torch.inference_mode():
            forward()

    once = step if args.work == "step" else predict
    network.train(args.work == "step")
    print(json.dumps({"ready": f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads"}), flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        once()
        milliseconds = 1000 * (time.perf_counter() - start)
        print(json.dumps({"milliseconds": milliseconds, "peak_rss_mb": peak_mb()}), flush=True)


main()
