"""The verbs of tools/train-vad/run but fetch."""
import argparse
import pathlib

import material
from paths import WEIGHTS, WORK

QUICK_MINUTES = 3


def train(options):
    from train import train as run
    run(options.model, options.minutes, options.sequences, options.seed)


def export(options):
    from export import export as run
    run(options.model, options.to)


def evaluate(options):
    import compare
    import detectors
    import level
    material.build()
    compare.report([detectors.ours(options.weights)], options.length)
    level.report(options.weights)


def compare(options):
    from compare import compare as run
    material.build()
    run(options.weights, options.length)


def main():
    parser = argparse.ArgumentParser(prog='tools/train-vad/run')
    verbs = parser.add_subparsers(required=True)
    model = WORK / 'model.npz'

    verb = verbs.add_parser('train')
    verb.add_argument('--minutes', type=float, default=13.5)
    verb.add_argument('--sequences', type=int, default=10800)
    verb.add_argument('--seed', type=int, default=1)
    verb.add_argument('--model', type=pathlib.Path, default=model)
    verb.set_defaults(function=train)

    verb = verbs.add_parser('export')
    verb.add_argument('--model', type=pathlib.Path, default=model)
    verb.add_argument('--to', type=pathlib.Path, default=WORK / 'export')
    verb.set_defaults(function=export)

    for function in (evaluate, compare):
        verb = verbs.add_parser(function.__name__)
        verb.add_argument('--weights', type=pathlib.Path, default=WEIGHTS)
        verb.add_argument('--quick', dest='length', action='store_const',
                          const=QUICK_MINUTES)
        verb.set_defaults(function=function)

    options = parser.parse_args()
    options.function(options)


if __name__ == '__main__':
    main()
