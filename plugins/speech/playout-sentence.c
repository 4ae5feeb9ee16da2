/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Sound for the core of `playout`, with what the buffer's meta says of its
 * words.
 *
 * Threads and locks: as the core.
 */
#include "playout-sentence.h"

static guint64
to_samples (guint rate, GstClockTime time)
{
  return GST_CLOCK_TIME_IS_VALID (time) ?
      gst_util_uint64_scale_int (time, rate, GST_SECOND) : 0;
}

static PlayoutWord *
words_in_samples (guint rate, const GstVoiceWords * words)
{
  PlayoutWord *out = g_new (PlayoutWord, words->n);

  for (guint i = 0; i < words->n; i++) {
    out[i].start = to_samples (rate, words->word[i].start);
    out[i].end = to_samples (rate, words->word[i].end);
    out[i].offset = words->word[i].offset;
    out[i].length = words->word[i].length;
  }
  return out;
}

void
playout_sentence_add (PlayoutCore * core, guint rate, guint speech,
    const gint16 * samples, gsize n, const GstVoiceMeta * meta)
{
  PlayoutSentence sentence = { 0 };
  PlayoutWord *words = NULL;

  if (meta && meta->words) {
    words = words_in_samples (rate, meta->words);
    sentence.words = words;
    sentence.n_words = meta->words->n;
  }
  if (meta && meta->written) {
    sentence.written = meta->written;
    sentence.offset = meta->offset;
    sentence.length = meta->length;
    playout_core_add (core, speech, samples, n, &sentence);
  } else {
    playout_core_add_words (core, speech, words, sentence.n_words);
    playout_core_add (core, speech, samples, n, NULL);
  }
  g_free (words);
}
