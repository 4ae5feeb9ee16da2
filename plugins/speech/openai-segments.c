/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Speech as files: each is a request to `/audio/transcriptions`, one at a time,
 * so that texts come in the order of what was said; one that fails is sent
 * again before the next, and costs again if it had arrived.
 *
 * Threads: the task of the recogniser. Locks: none.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "openai-segments.h"

#include <gst-voice/error.h>

/* More that wait are nobody's speech: the service is far too slow. */
#define MAX_WAITING 8
#define MAX_ANSWER (1024 * 1024)

typedef struct
{
  OpenaiSegment segment;
  GBytes *body;
  gchar *content_type;
  GstClockTime length;
} File;

struct _OpenaiSegments
{
  GstVoiceStreamStt *stt;       /* which owns us */
  OpenaiSegmentsWhy why;

  GQueue files;                 /* of File; the first is on its way */
  GstVoiceLink *link;           /* (nullable) */
  GByteArray *answer;
};

static void
file_free (gpointer data)
{
  File *file = data;

  g_bytes_unref (file->body);
  g_free (file->content_type);
  g_free (file);
}

/**
 * openai_segments_new:
 * @stt: the recogniser that will own it
 * @why: says more of an error
 *
 * Returns: (transfer full): none
 */
OpenaiSegments *
openai_segments_new (GstVoiceStreamStt * stt, OpenaiSegmentsWhy why)
{
  OpenaiSegments *self = g_new0 (OpenaiSegments, 1);

  self->stt = stt;
  self->why = why;
  self->answer = g_byte_array_new ();
  return self;
}

/* Of the file that is on its way. */
static void
tell_spent (OpenaiSegments * self)
{
  const File *file = g_queue_peek_head (&self->files);

  gst_voice_stream_stt_spent (self->stt, file->length);
}

/**
 * openai_segments_free:
 * @segments: (transfer full): segments, told or not
 */
void
openai_segments_free (OpenaiSegments * segments)
{
  /* What was asked for is paid for. */
  if (segments->link)
    tell_spent (segments);
  gst_voice_link_close (segments->link);
  g_queue_clear_full (&segments->files, file_free);
  g_byte_array_unref (segments->answer);
  g_free (segments);
}

static void
fail (OpenaiSegments * self, const GError * error, gint64 retry_after)
{
  g_clear_pointer (&self->link, gst_voice_link_close);
  gst_voice_stream_stt_recover (self->stt, error, retry_after, FALSE);
}

static void
tell (OpenaiSegments * self, const gchar * text, const gchar * language)
{
  File *file = g_queue_pop_head (&self->files);
  const SttSaying saying = {
    .text = text,
    .start = file->segment.start,
    .end = file->segment.end,
    .confidence = -1,
    .language = language,
    .asked_for = TRUE,
  };

  self->stt->asked_us = self->stt->opened_us;
  gst_voice_stream_stt_tell (self->stt, &saying, TRUE);
  file_free (file);
}

static void
read_answer (OpenaiSegments * self)
{
  gchar *language;
  gchar *text = openai_stt_answer_parse ((const gchar *) self->answer->data,
      self->answer->len, &language, NULL);
  GError *error;

  tell_spent (self);
  if (!text) {
    error = g_error_new_literal (GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_RESPONSE,
        "the service's answer is no transcript: check the address");
    gst_voice_link_blame (self->link, error);
    fail (self, error, -1);
    g_error_free (error);
    return;
  }
  g_clear_pointer (&self->link, gst_voice_link_close);
  tell (self, text, language);
  g_free (text);
  g_free (language);
  if (self->stt->finishing && g_queue_is_empty (&self->files))
    gst_voice_stream_stt_drained (self->stt);
  else
    openai_segments_send (self);
}

static void
on_binary (GstVoiceStage * stage, GBytes * bytes, gpointer data)
{
  OpenaiSegments *self = data;
  gsize size;
  const guint8 *piece = g_bytes_get_data (bytes, &size);
  GError *error;

  if (self->answer->len + size <= MAX_ANSWER) {
    g_byte_array_append (self->answer, piece, size);
    return;
  }
  error = g_error_new_literal (GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_RESPONSE,
      "the service's answer is far too long: check the address");
  tell_spent (self);
  gst_voice_link_blame (self->link, error);
  fail (self, error, -1);
  g_error_free (error);
}

static void
on_closed (GstVoiceStage * stage, const GstVoiceLinkEnd * end, gpointer data)
{
  OpenaiSegments *self = data;
  gboolean quiet = FALSE;
  GError *better = end->error ? self->why (self->stt, end, &quiet) : NULL;

  if (better)
    gst_voice_error_inherit (better, end->error);
  if (end->error && end->went_out && end->http_status < 300)
    tell_spent (self);
  if (end->error)
    fail (self, better ? better : end->error, end->retry_after);
  else
    read_answer (self);
  g_clear_error (&better);
}

/**
 * openai_segments_send:
 * @segments: segments
 *
 * Sends the first, unless it is on its way.
 */
void
openai_segments_send (OpenaiSegments * segments)
{
  static const GstVoiceLinkEvents events = {
    .binary = on_binary,
    .closed = on_closed,
  };
  OpenaiSegments *self = segments;
  File *file = g_queue_peek_head (&self->files);

  if (!file || self->link || self->stt->failed)
    return;
  g_byte_array_set_size (self->answer, 0);
  self->link = gst_voice_provider_http (self->stt->provider, "POST",
      "/audio/transcriptions");
  gst_voice_link_set_body (self->link, file->body, file->content_type);
  /* What was idle may have been closed meanwhile. */
  gst_voice_link_set_fresh (self->link, self->stt->failures > 0);
  self->stt->opened_us = g_get_monotonic_time ();
  gst_voice_link_open (self->link, &events, self);
}

/**
 * openai_segments_add:
 * @segments: segments
 * @settings: what to ask for
 * @samples: what was said
 * @n: how much
 * @rate: samples a second
 * @segment: when
 *
 * Sends it behind those that wait; if too many do, the oldest of them is lost.
 */
void
openai_segments_add (OpenaiSegments * segments,
    const OpenaiSttSettings * settings, const gint16 * samples, gsize n,
    guint rate, const OpenaiSegment * segment)
{
  OpenaiSegments *self = segments;
  gchar *boundary = g_uuid_string_random ();
  File *file = g_new0 (File, 1);

  if (g_queue_get_length (&self->files) == MAX_WAITING) {
    GST_WARNING_OBJECT (self->stt, "the service is too slow: speech is lost");
    file_free (g_queue_pop_nth (&self->files, 1));
  }
  file->segment = *segment;
  file->length = gst_util_uint64_scale (n, GST_SECOND, rate);
  file->body = openai_stt_form (settings, samples, n, rate, boundary);
  file->content_type = g_strconcat ("multipart/form-data; boundary=",
      boundary, NULL);
  g_queue_push_tail (&self->files, file);
  g_free (boundary);
  openai_segments_send (self);
}

/**
 * openai_segments_are_done:
 * @segments: segments
 *
 * Returns: whether nothing is to be told any more
 */
gboolean
openai_segments_are_done (OpenaiSegments * segments)
{
  return g_queue_is_empty (&segments->files);
}
