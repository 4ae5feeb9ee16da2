# SPDX-License-Identifier: LGPL-2.1-or-later
"""The peer: livekit-agents in its defaults, with stand-ins in its process.

They cost nothing and answer at once: an STT that knows an utterance by its
loudness, an LLM of one sentence, a TTS of a tone. Only what the framework
itself costs is left. Where STANDINS_URL names the stand-ins of tests/peers, its
own plugins for Deepgram, OpenAI and Cartesia talk to them.
"""
import array
import math
import os

from livekit import agents, rtc
from livekit.agents import (APIConnectOptions, Agent, AgentServer, AgentSession,
                            JobContext, llm, stt, tts)

RATE = 24000
TONE = array.array('h', (int(6000 * math.sin(2 * math.pi * 1000 * i / RATE))
                         for i in range(RATE // 10))).tobytes()


class Ears(stt.STT):
    def __init__(self):
        super().__init__(capabilities=stt.STTCapabilities(
            streaming=True, interim_results=True))

    async def _recognize_impl(self, *_, **__):
        raise NotImplementedError

    def stream(self, *, language=None, conn_options=APIConnectOptions()):
        return EarsStream(stt=self, conn_options=conn_options,
                          sample_rate=16000)


class EarsStream(stt.RecognizeStream):
    """An interim after 100 ms of voice, the final after 100 ms of silence."""

    def _say(self, kind):
        self._event_ch.send_nowait(stt.SpeechEvent(
            type=kind, alternatives=[stt.SpeechData(
                language='en', text='I would like a table for two')]))

    async def _run(self):
        voiced = quiet = 0.0
        told = False
        async for frame in self._input_ch:
            if not isinstance(frame, rtc.AudioFrame):
                continue
            samples = frame.data
            loud = max(samples, default=0) > 600
            seconds = frame.samples_per_channel / frame.sample_rate
            voiced, quiet = ((voiced + seconds, 0.0) if loud
                             else (voiced, quiet + seconds))
            if loud and not told and voiced >= 0.1:
                told = True
                self._say(stt.SpeechEventType.INTERIM_TRANSCRIPT)
            if told and quiet >= 0.1:
                self._say(stt.SpeechEventType.FINAL_TRANSCRIPT)
                voiced, told = 0.0, False
            elif quiet >= 0.5:
                voiced = 0.0


class Mind(llm.LLM):
    def chat(self, *, chat_ctx, tools=None, conn_options=APIConnectOptions(),
             **_):
        return MindStream(self, chat_ctx=chat_ctx, tools=tools or [],
                          conn_options=conn_options)


class MindStream(llm.LLMStream):
    async def _run(self):
        for word in 'Certainly, for two. Is there anything else?'.split(' '):
            self._event_ch.send_nowait(llm.ChatChunk(
                id='reply', delta=llm.ChoiceDelta(role='assistant',
                                                  content=word + ' ')))


class Mouth(tts.TTS):
    def __init__(self):
        super().__init__(capabilities=tts.TTSCapabilities(streaming=False),
                         sample_rate=RATE, num_channels=1)

    def synthesize(self, text, *, conn_options=APIConnectOptions()):
        return MouthStream(tts=self, input_text=text,
                           conn_options=conn_options)


class MouthStream(tts.ChunkedStream):
    async def _run(self, output_emitter):
        output_emitter.initialize(request_id='speech', sample_rate=RATE,
                                  num_channels=1, mime_type='audio/pcm')
        # As long as a voice would need: 15 letters a second.
        for _ in range(max(1, len(self.input_text) * 10 // 15)):
            output_emitter.push(TONE)
        output_emitter.flush()


server = AgentServer(ws_url=os.environ['LIVEKIT_URL'], port=0,
                     load_fnc=lambda *_: 0.0)


STANDINS = os.environ.get('STANDINS_URL')
if STANDINS:                    # they have to be known before the first job
    from livekit.plugins import cartesia, deepgram, openai


def stages():
    if not STANDINS:
        return {'stt': Ears(), 'llm': Mind(), 'tts': Mouth()}
    return {'stt': deepgram.STT(base_url=STANDINS + '/v1/listen', api_key='x'),
            'llm': openai.LLM(base_url=STANDINS + '/v1', api_key='x'),
            'tts': cartesia.TTS(base_url=STANDINS, api_key='x')}


@server.rtc_session()
async def entrypoint(ctx: JobContext):
    session = AgentSession(**stages())
    await session.start(agent=Agent(instructions='Be brief.'), room=ctx.room)
    session.say('Good day, how can I help you?')


if __name__ == '__main__':
    agents.cli.run_app(server)
