"""Training by maximum likelihood as fast as PyTorch has it: fused Adam, gradients clipped, averaged weights."""

import torch

DECAY = 0.999  # of the averages


def adam(parameters, lr=1e-3, betas=(0.9, 0.999)):
    """Fused where PyTorch is 2.4 or newer."""
    parameters = list(parameters)
    try:
        return torch.optim.Adam(parameters, lr=lr, betas=betas, fused=True)
    except RuntimeError:
        return torch.optim.Adam(parameters, lr=lr, betas=betas, foreach=True)


def casting(to_bfloat16):
    return torch.autocast("cpu", torch.bfloat16, enabled=to_bfloat16)


class Training:
    """Of a module that makes of levels [N, 1, H, W] log p [N]."""

    def __init__(self, model, clip_norm, compiled=False, bfloat16=False):
        self.parameters = list(model.parameters())
        self.averages = [parameter.detach().clone() for parameter in self.parameters]
        self.optimizer, self.clip_norm = adam(self.parameters), clip_norm
        self.model, self.bfloat16 = torch.compile(model) if compiled else model, bfloat16

    def log_prob(self, level):
        with casting(self.bfloat16):
            return self.model(level)

    def step(self, level):
        """The loss in nats."""
        self.optimizer.zero_grad(set_to_none=True)
        loss = -self.log_prob(level).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, self.clip_norm)
        self.optimizer.step()
        self.average()
        return loss.item()

    @torch.no_grad()
    def average(self):
        if hasattr(torch, "_foreach_lerp_"):
            torch._foreach_lerp_(self.averages, self.parameters, 1 - DECAY)
        else:
            torch._foreach_mul_(self.averages, DECAY)
            torch._foreach_add_(self.averages, self.parameters, alpha=1 - DECAY)
