/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What callers of the load generator say: words by flite, encoded
 * once for all of them, as livekitsink would.
 *
 * Threads: one at a time; afterwards any may read. Locks: none.
 */
#include "load-voice.h"

#include <flite/flite.h>
#include <math.h>
#include <speech-sender.h>
#include <string.h>

#define PAUSE_MS 400
#define SILENCE_FRAMES 25       /* after it; then the encoder rests */
#define RECORDINGS "/usr/share/pocketsphinx/test/data"
#define TONE_RATE 16000
#define LOUD 40                 /* -dBov: a frame of words, not of breath */

cst_voice *register_cmu_us_rms (const char *voxdir);

static void
packet_clear (gpointer data)
{
  g_bytes_unref (((LoadPacket *) data)->opus);
}

static void
add_packet (gpointer data, const SpeechPacket * packet)
{
  LoadVoice *voice = data;
  LoadPacket p = {
    .opus = g_bytes_new (packet->payload, packet->size),
    .frame = packet->timestamp / LOAD_FRAME_TICKS,
    .level = packet->level,
    .voice = packet->voice,
    .marker = packet->marker,
  };

  g_array_append_val (voice->packets, p);
}

static gboolean
is_loud (const gint16 * samples, guint n)
{
  gdouble sum = 0;

  for (guint i = 0; i < n; i++)
    sum += samples[i] * (gdouble) samples[i];
  return sum > 0 && -10 * log10 (sum / n / (32768. * 32768.)) < LOUD;
}

/* Without the silence before and after. */
static void
trim (const gint16 ** samples, gsize * n, guint frame)
{
  while (*n >= frame && !is_loud (*samples, frame)) {
    *samples += frame;
    *n -= frame;
  }
  *n -= *n % frame;
  while (*n >= frame && !is_loud (*samples + *n - frame, frame))
    *n -= frame;
}

static LoadVoice *
encode (const gint16 * samples, gsize n, guint rate, gboolean dtx)
{
  OpusSpeechSettings settings = {.rate = rate,.bitrate = 24000,
    .complexity = 5,.dtx = dtx
  };
  LoadVoice *voice = g_new0 (LoadVoice, 1);
  guint frame = rate / 50;
  SpeechSender *sender;
  gint16 *silence = g_new0 (gint16, frame);
  GError *error = NULL;

  voice->packets = g_array_new (FALSE, FALSE, sizeof (LoadPacket));
  g_array_set_clear_func (voice->packets, packet_clear);
  sender = speech_sender_new (&settings, add_packet, voice, &error);
  if (!sender)
    g_error ("%s", error->message);
  trim (&samples, &n, frame);
  speech_sender_push (sender, samples, n);
  for (guint i = 0; i < SILENCE_FRAMES; i++)
    speech_sender_push (sender, silence, frame);
  speech_sender_free (sender);
  g_free (silence);
  voice->last_voice = n / frame - 1;
  voice->frames = n / frame + SILENCE_FRAMES;
  return voice;
}

/**
 * load_voice_say:
 * @text: in English; " ... " is a pause
 *
 * Returns: (transfer full): it, spoken
 */
LoadVoice *
load_voice_say (const gchar * text)
{
  static cst_voice *speaker;
  GArray *samples = g_array_new (FALSE, TRUE, sizeof (gint16));
  gchar **parts = g_strsplit (text, " ... ", 0);
  LoadVoice *voice;
  guint rate = 0;

  if (!speaker) {
    flite_init ();
    speaker = register_cmu_us_rms (NULL);
  }
  for (guint i = 0; parts[i]; i++) {
    cst_wave *wave = flite_text_to_wave (parts[i], speaker);
    const gint16 *said = wave->samples;
    gsize n = wave->num_samples;

    rate = wave->sample_rate;
    if (i > 0)
      g_array_set_size (samples, samples->len + PAUSE_MS * rate / 1000);
    trim (&said, &n, rate / 50);
    g_array_append_vals (samples, said, n);
    delete_wave (wave);
  }
  voice = encode ((gint16 *) samples->data, samples->len, rate, TRUE);
  g_array_unref (samples);
  g_strfreev (parts);
  return voice;
}

/**
 * load_voice_play:
 * @name: of one of pocketsphinx' recordings, S16LE at 16000 Hz
 *
 * Returns: (transfer full): it
 */
LoadVoice *
load_voice_play (const gchar * name)
{
  gchar *path = g_build_filename (RECORDINGS, name, NULL), *data;
  LoadVoice *voice;
  GError *error = NULL;
  gsize size;

  if (!g_file_get_contents (path, &data, &size, &error))
    g_error ("%s", error->message);
  voice = encode ((gint16 *) data, size / 2, 16000, TRUE);
  g_free (data);
  g_free (path);
  return voice;
}

/**
 * load_voice_tone:
 * @ms: how long
 *
 * Returns: (transfer full): 440 Hz, at once at -10 dBFS
 */
LoadVoice *
load_voice_tone (guint ms)
{
  gsize n = ms * TONE_RATE / 1000;
  gint16 *samples = g_new (gint16, n);
  LoadVoice *voice;

  for (gsize i = 0; i < n; i++)
    samples[i] = 14650 * sin (2 * G_PI * 440 * i / TONE_RATE);
  /* DTX would take it for noise. */
  voice = encode (samples, n, TONE_RATE, FALSE);
  g_free (samples);
  return voice;
}

void
load_voice_free (LoadVoice * voice)
{
  g_array_unref (voice->packets);
  g_free (voice);
}

/**
 * load_voice_rest:
 *
 * Returns: (transfer none): the packet that says that nothing is said
 */
GBytes *
load_voice_rest (const LoadVoice * voice)
{
  return g_array_index (voice->packets, LoadPacket,
      voice->packets->len - 1).opus;
}
