/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>
#include <gst-voice/visibility.h>

G_BEGIN_DECLS

/**
 * GstVoiceFlags:
 * @GST_VOICE_FLAG_UNINTERRUPTIBLE: survives an interruption by voice
 * @GST_VOICE_FLAG_PROPOSED: a turn that `voice/commit` will confirm or
 *   `voice/withdraw` take back
 * @GST_VOICE_FLAG_NO_REPLY: a turn for the record that is not answered
 */
typedef enum
{
  GST_VOICE_FLAG_NONE = 0,
  GST_VOICE_FLAG_UNINTERRUPTIBLE = 1 << 0,
  GST_VOICE_FLAG_PROPOSED = 1 << 1,
  GST_VOICE_FLAG_NO_REPLY = 1 << 2,
} GstVoiceFlags;

/**
 * GstVoiceWord:
 * @text: the word as it is spoken
 * @offset: where the written text it stands for begins, in characters of the
 *   whole speech ("$50" is spoken as two words with the same span)
 * @length: how many characters of the written text it stands for
 * @start: its beginning: running time on a caller's words, and on audio the
 *   time since the first sample of the sentence
 * @end: its end, likewise
 */
typedef struct
{
  gchar *text;
  guint offset;
  guint length;
  GstClockTime start;
  GstClockTime end;
} GstVoiceWord;

/**
 * GstVoiceWords:
 * @n: how many
 * @word: the words
 *
 * A list of words that buffers share; not changed once it is on one.
 */
typedef struct
{
  guint n;
  GstVoiceWord *word;
  /*< private > */
  gatomicrefcount refs;
} GstVoiceWords;

#define GST_TYPE_VOICE_WORDS (gst_voice_words_get_type ())
GST_VOICE_API GType gst_voice_words_get_type (void);
GST_VOICE_API GstVoiceWords *gst_voice_words_new (guint n);
GST_VOICE_API GstVoiceWords *gst_voice_words_ref (GstVoiceWords * words);
GST_VOICE_API void gst_voice_words_unref (GstVoiceWords * words);

/**
 * GstVoiceMeta:
 * @generation: that of the input which caused this; never read from the
 *   session for stamping
 * @turn: what the caller said that this belongs to, 0 for none
 * @speech: what the agent says that this belongs to, 0 for none
 * @merges: on a turn: the earlier turn that it replaces, or 0
 * @segment: on a transcript: the recogniser's segment, or 0
 * @flags: what may be done with it
 * @start: beginning of the caller's audio it stands for, in running time
 * @end: end of it
 * @offset: where its written text begins, in characters of the whole speech
 * @length: how many characters of the written text it stands for
 * @confidence: of a transcript, 0 to 1, or a negative number if unknown
 * @written: (nullable): the written text it stands for, verbatim; %NULL if
 *   that is the buffer's own text
 * @language: (nullable): BCP 47
 * @words: (nullable): the words it speaks or contains; on audio behind the
 *   first of a sentence, those of the sentence that were not known before
 *
 * On every buffer of text and of speech, from the recogniser to `playout`.
 */
typedef struct
{
  GstMeta meta;

  guint generation;
  guint turn;
  guint speech;
  guint merges;
  guint segment;
  GstVoiceFlags flags;
  GstClockTime start;
  GstClockTime end;
  guint offset;
  guint length;
  gdouble confidence;
  gchar *written;
  gchar *language;
  GstVoiceWords *words;
} GstVoiceMeta;

GST_VOICE_API GType gst_voice_meta_api_get_type (void);
GST_VOICE_API const GstMetaInfo *gst_voice_meta_get_info (void);
GST_VOICE_API GstVoiceMeta *gst_voice_meta_add (GstBuffer * buffer);
GST_VOICE_API GstVoiceMeta *gst_voice_meta_get (GstBuffer * buffer);
GST_VOICE_API GstVoiceMeta *gst_voice_meta_copy (const GstVoiceMeta * meta,
    GstBuffer * buffer);

GST_VOICE_API GstBuffer *gst_voice_text_buffer_new (const gchar * text);
GST_VOICE_API gchar *gst_voice_text_buffer_get (GstBuffer * buffer);

G_END_DECLS
