"""Where things are."""
import os
import pathlib

PROJECT = pathlib.Path(__file__).resolve().parents[2]
WEIGHTS = PROJECT / 'data/vad/vad-weights.f32'
WORK = pathlib.Path(os.environ['VAD_WORK'])
PACKAGES = WORK / 'packages'
DIGITS = os.environ.get('VAD_DIGITS')
