"""Trains the network on the CPU: Adam, a cosine rate over the time given."""
import time

import jax
import jax.numpy as jnp
import numpy as np

from sequences import sequences

DENSE, HIDDEN = 32, 64
BATCH, FRAMES, VALID, RATE = 48, 600, 160, 3.5e-3


def _initial(r):
    def random(*shape):
        return (r.standard_normal(shape) / np.sqrt(shape[0])).astype(
            np.float32)

    def zero(n):
        return np.zeros(n, np.float32)

    orthogonal = [np.linalg.qr(r.standard_normal((HIDDEN, HIDDEN)))[0]
                  for _ in range(3)]
    return {'A': random(DENSE, DENSE), 'a': zero(DENSE),
            'W': random(DENSE, 3 * HIDDEN), 'b': zero(3 * HIDDEN),
            'U': np.concatenate(orthogonal, 1).astype(np.float32),
            'c': zero(3 * HIDDEN), 'v': random(HIDDEN), 'o': np.float32(0)}


def _forward(p, x):
    """Normalised features [batch, frames, 32] -> logits."""
    y = jnp.tanh(x @ p['A'] + p['a']) @ p['W'] + p['b']

    def step(h, u):
        q = h @ p['U'] + p['c']
        z = jax.nn.sigmoid(u[:, :HIDDEN] + q[:, :HIDDEN])
        k = jax.nn.sigmoid(u[:, HIDDEN:2 * HIDDEN] + q[:, HIDDEN:2 * HIDDEN])
        n = jnp.tanh(u[:, 2 * HIDDEN:] + k * q[:, 2 * HIDDEN:])
        h = (1 - z) * n + z * h
        return h, h @ p['v'] + p['o']

    start = jnp.zeros((x.shape[0], HIDDEN))
    _, logits = jax.lax.scan(step, start, jnp.swapaxes(y, 0, 1), unroll=4)
    return logits.T


@jax.jit
def _loss(p, x, y, w):
    logits, target = _forward(p, x), (y == 1).astype(jnp.float32)
    entropy = (jnp.maximum(logits, 0) - logits * target
               + jnp.log1p(jnp.exp(-jnp.abs(logits))))
    return (entropy * w).sum() / w.sum()


@jax.jit
def _update(p, m, v, t, rate, x, y, w):
    loss, g = jax.value_and_grad(_loss)(p, x, y, w)
    norm = jnp.sqrt(sum((q ** 2).sum() for q in jax.tree.leaves(g)))
    g = jax.tree.map(lambda q: q * jnp.minimum(1, 1 / norm), g)
    m = jax.tree.map(lambda a, b: .9 * a + .1 * b, m, g)
    v = jax.tree.map(lambda a, b: .999 * a + .001 * b * b, v, g)
    p = jax.tree.map(
        lambda q, a, b: q - rate * (a / (1 - .9 ** t))
        / (jnp.sqrt(b / (1 - .999 ** t)) + 1e-8), p, m, v)
    return p, m, v, loss


def _weights(y):
    """Unclear frames 0; the first 80 ms of an utterance twice; silence 1.2."""
    w = (y >= 0).astype(np.float32) + .2 * (y == 0)
    before = np.concatenate([np.zeros((len(y), 1), y.dtype), y[:, :-1]], 1)
    onset = (y == 1) & (before != 1)
    for k in range(8):
        late = np.zeros_like(onset)
        late[:, k:] = onset[:, :onset.shape[1] - k]
        w += late * (y == 1)
    return w.astype(np.float16)


def train(path, minutes, count, seed):
    """Writes the parameters to `path` after every epoch."""
    x, y = sequences(seed, count)
    w = _weights(y)
    valid = min(VALID, count // 4)
    mean = x[:400].astype(np.float32).mean((0, 1))
    std = x[:400].astype(np.float32).std((0, 1))
    r = np.random.default_rng(seed)
    p = _initial(r)
    m, v = jax.tree.map(np.zeros_like, p), jax.tree.map(np.zeros_like, p)
    index, t, epoch, start = np.arange(valid, count), 0, 0, time.time()
    batch = min(BATCH, len(index))

    def normal(features):
        return (features.astype(np.float32) - mean) / std

    def spent():
        return (time.time() - start) / (minutes * 60)

    while spent() < 1:
        r.shuffle(index)
        losses = []
        for i in range(0, len(index) - batch + 1, batch):
            if spent() >= 1:
                break
            rate = (RATE * (.5 + .5 * np.cos(np.pi * spent()))
                    * min(1, (t + 20) / 200) + 1e-5)
            at = int(r.integers(0, x.shape[1] - FRAMES + 1))
            part = np.s_[index[i:i + batch], at:at + FRAMES]
            t += 1
            p, m, v, loss = _update(p, m, v, float(t), rate, normal(x[part]),
                                    y[part], w[part].astype(np.float32))
            losses.append(float(loss))
        epoch += 1
        check = float(_loss(p, normal(x[:valid]), y[:valid],
                            w[:valid].astype(np.float32)))
        print(f'epoch {epoch}: training {np.mean(losses):.4f},'
              f' validation {check:.4f}', flush=True)
        np.savez(path, mean=mean, std=std,
                 **{k: np.asarray(q) for k, q in p.items()})
