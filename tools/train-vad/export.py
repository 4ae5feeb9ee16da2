"""Parameters -> vad-weights.f32, its manifest and the test vector."""
import numpy as np

import core

HEAD = ('# gst-voice voice activity weights, little-endian float32, row-major'
        ' [input][output]\n')


def export(model, folder):
    """The normalisation of the features is folded into the first layer. The
    test vector, probabilities.txt, is what numpy makes of the test signal."""
    with np.load(model) as f:
        p = {k: v.astype(np.float64) for k, v in f.items()}
    parts = {
        'A': p['A'] / p['std'][:, None],
        'a': p['a'] - (p['mean'] / p['std']) @ p['A'],
        'W': p['W'], 'b': p['b'], 'U': p['U'], 'c': p['c'], 'v': p['v'],
        'o': p['o'].reshape(1),
    }
    blob, manifest = b'', HEAD + f"# hidden {len(p['v'])}\n"
    manifest += '# name shape offset(floats)\n'
    for name, array in parts.items():
        shape = 'x'.join(map(str, array.shape))
        manifest += f'{name} {shape} {len(blob) // 4}\n'
        blob += array.astype('<f4').tobytes()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / 'vad-weights.f32').write_bytes(blob)
    (folder / 'vad-weights.txt').write_text(manifest)
    expected = core.reference(
        {k: v.astype(np.float32).astype(np.float64) for k, v in parts.items()},
        core.test_signal())
    (folder / 'probabilities.txt').write_text(
        ''.join(f'{v:.7f}\n' for v in expected))
    got = core.run(folder / 'vad-weights.f32', core.test_signal(),
                   control=False).probabilities
    worst = abs(got - expected).max()
    print(f'{folder}: {len(blob)} bytes, the C code differs by {worst:.1e}')
    if worst > 1e-4:
        raise SystemExit('which is too much')
