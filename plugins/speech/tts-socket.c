/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What synthesisers over a WebSocket have in common: the connection that is
 * there before the first sentence, the sentence that is owed, its deadlines and
 * its sound.
 *
 * A connection that was idle may be dead without anybody having been told. So a
 * sentence that was asked for over such a one is asked for again over a new
 * one, once, if nothing had come of it. What closes while nothing is owed is no
 * fault and is opened again in the background, a few times.
 *
 * Threads: the stage's task. Locks: none.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tts-socket.h"

#include <gst-voice/error.h>
#include <gst-voice/price.h>
#include <string.h>

#define PING_S 10
/* One that held so long counts as a good one. */
#define GOOD_US (30 * G_USEC_PER_SEC)

struct _TtsSocket
{
  /* set once */
  GstVoiceTts *tts;
  GstVoiceProvider *provider;
  const TtsSocketFuncs *funcs;

  /* set in start */
  guint rate;
  gchar *model;
  gint64 total_us;

  /* task only */
  GstVoiceLink *link;           /* (nullable) */
  gboolean delayed;             /* it may wait before it connects */
  gboolean stood;               /* it has been open */
  gint64 opened_us;
  guint attempts;               /* to keep it open, in vain */
  gchar *text;                  /* (nullable): the sentence that is owed */
  gboolean warm;                /* asked for over one that stood already */
  gboolean heard;               /* something of it has come */
  gboolean sounded;             /* so has sound */
  gint64 asked_us;
  gint64 held_us;               /* of that: what nobody took its sound */
  guint8 odd;                   /* half a sample */
  gboolean has_odd;
};

TtsSocket *
tts_socket_new (GstVoiceTts * tts, GstVoiceProvider * provider,
    const TtsSocketFuncs * funcs)
{
  TtsSocket *self = g_new0 (TtsSocket, 1);

  self->tts = tts;
  self->provider = provider;
  self->funcs = funcs;
  return self;
}

/* @rate: of the sound; @model: what it is paid by */
void
tts_socket_start (TtsSocket * self, guint rate, const gchar * model)
{
  guint total;

  g_free (self->model);
  self->model = g_strdup (model);
  g_object_get (self->tts, "total-timeout", &total, NULL);
  self->total_us = total * G_GINT64_CONSTANT (1000);
  self->rate = rate;
  self->attempts = 0;
}

static void
let_go (TtsSocket * self)
{
  g_clear_pointer (&self->link, gst_voice_link_close);
  self->delayed = FALSE;
}

static void
end_sentence (TtsSocket * self)
{
  g_clear_pointer (&self->text, g_free);
  self->has_odd = FALSE;
}

/* @goodbye: (nullable): to be sent before it closes */
void
tts_socket_stop (TtsSocket * self, const gchar * goodbye)
{
  if (self->link && gst_voice_link_is_open (self->link) && goodbye)
    gst_voice_link_send_text (self->link, goodbye);
  let_go (self);
  end_sentence (self);
}

void
tts_socket_free (TtsSocket * self)
{
  tts_socket_stop (self, NULL);
  g_free (self->model);
  g_free (self);
}

static void
fail (TtsSocket * self, GError * error, gint64 retry_after)
{
  gst_voice_provider_refused (self->provider, error, retry_after);
  end_sentence (self);
  gst_voice_tts_fail (self->tts, error);
}

/* The sentence cannot be spoken; the connection is fine. Takes @error. */
void
tts_socket_fail (TtsSocket * self, GError * error)
{
  if (self->link)
    gst_voice_link_expect (self->link, FALSE);
  if (self->text)
    fail (self, error, -1);
  else
    g_error_free (error);
}

/* Nothing that comes over it can be trusted. Takes @error. */
void
tts_socket_break (TtsSocket * self, GError * error)
{
  let_go (self);
  tts_socket_fail (self, error);
}

gboolean
tts_socket_is_owed (TtsSocket * self)
{
  return self->text != NULL;
}

static void
check_total (TtsSocket * self)
{
  gint64 lasted = g_get_monotonic_time () - self->asked_us - self->held_us;

  if (self->text && self->total_us && lasted > self->total_us)
    tts_socket_break (self, g_error_new (GST_VOICE_ERROR,
            GST_VOICE_ERROR_STALLED, "the service has not ended the sentence "
            "within %u ms (deadline total): try again, or check the service",
            (guint) (self->total_us / 1000)));
}

static void
on_text (GstVoiceStage * stage, const gchar * event, const gchar * text,
    gsize size, gpointer data)
{
  TtsSocket *self = data;

  self->funcs->text (self->tts, text, size);
  check_total (self);
}

static void
on_binary (GstVoiceStage * stage, GBytes * bytes, gpointer data)
{
  TtsSocket *self = data;

  if (self->funcs->binary)
    self->funcs->binary (self->tts, bytes);
  check_total (self);
}

/* Of a sentence that a service has got: who cannot be reached wants nothing. */
static void
tell_cost (TtsSocket * self)
{
  const GstVoiceAmount amount = {
    .characters = g_utf8_strlen (self->text, -1),
  };

  gst_voice_tts_cost (self->tts, self->model,
      gst_voice_price (gst_voice_provider_service (self->provider),
          self->model, &amount));
}

static void
on_opened (GstVoiceStage * stage, gpointer data)
{
  TtsSocket *self = data;

  GST_DEBUG_OBJECT (self->tts, "connected");
  self->delayed = FALSE;
  self->stood = TRUE;
  if (self->text)
    tell_cost (self);
}

static void connect_again (TtsSocket * self, guint delay);

/* Nobody waits for it. One that never stood is a fault, one that did is not. */
static void
lost_idle (TtsSocket * self, const GError * error, gint64 retry_after)
{
  static const guint delays[] = { 0, 500, 2000, 5000 };
  gboolean hopeless = error && !gst_voice_error_is_retryable (error->code);

  if (error && !self->stood)
    gst_voice_provider_refused (self->provider, error, retry_after);
  if (g_get_monotonic_time () - self->opened_us > GOOD_US)
    self->attempts = 0;
  if (!hopeless && retry_after < 0 && self->attempts < G_N_ELEMENTS (delays))
    connect_again (self, delays[self->attempts++]);
}

static void
ask (TtsSocket * self)
{
  gst_voice_link_expect (self->link, TRUE);
  self->asked_us = g_get_monotonic_time ();
  self->held_us = 0;
  self->funcs->ask (self->tts, self->text);
}

/* Not: a deadline that this sentence has missed. */
static gboolean
had_died (const GError * error)
{
  return !error || g_error_matches (error, GST_VOICE_ERROR,
      GST_VOICE_ERROR_DISCONNECTED) || g_error_matches (error, GST_VOICE_ERROR,
      GST_VOICE_ERROR_STALLED);
}

static void
on_closed (GstVoiceStage * stage, const GstVoiceLinkEnd * end, gpointer data)
{
  TtsSocket *self = data;

  GST_INFO_OBJECT (self->tts, "closed: status %u, code %u, request %s, %s",
      end->http_status, end->close_code, end->request_id,
      end->error ? end->error->message : "no error");
  let_go (self);
  if (!self->text) {
    lost_idle (self, end->error, end->retry_after);
  } else if (self->warm && !self->heard && had_died (end->error)) {
    self->warm = FALSE;
    connect_again (self, 0);
    ask (self);
  } else {
    fail (self, end->error ? g_error_copy (end->error) :
        g_error_new_literal (GST_VOICE_ERROR, GST_VOICE_ERROR_DISCONNECTED,
            "the service closed the connection before the sentence was "
            "spoken: try again"), end->retry_after);
  }
}

static void
connect_again (TtsSocket * self, guint delay)
{
  static const GstVoiceLinkEvents events = {
    .opened = on_opened,
    .text = on_text,
    .binary = on_binary,
    .closed = on_closed,
  };

  self->link = self->funcs->connect (self->tts);
  gst_voice_link_set_ping (self->link, PING_S);
  gst_voice_link_set_delay (self->link, delay);
  self->delayed = delay > 0;
  self->stood = FALSE;
  self->opened_us = g_get_monotonic_time ();
  gst_voice_link_open (self->link, &events, self);
  if (self->funcs->begun)
    self->funcs->begun (self->tts);
}

/* So that the first sentence finds it. */
void
tts_socket_open (TtsSocket * self)
{
  connect_again (self, 0);
}

static gboolean
is_speakable (const gchar * text)
{
  while (*text && !g_unichar_isalnum (g_utf8_get_char (text)))
    text = g_utf8_next_char (text);
  return *text != '\0';
}

/* What cannot be spoken the services refuse, or never end. */
void
tts_socket_speak (TtsSocket * self, const gchar * text)
{
  if (!is_speakable (text)) {
    gst_voice_tts_done (self->tts);
    return;
  }
  if (self->delayed)
    let_go (self);
  self->warm = self->link && gst_voice_link_is_open (self->link);
  self->heard = self->sounded = self->has_odd = FALSE;
  self->text = g_strdup (text);
  if (!self->link)
    connect_again (self, 0);
  ask (self);
  if (gst_voice_link_is_open (self->link))
    tell_cost (self);
}

void
tts_socket_cancel (TtsSocket * self)
{
  if (!self->text)
    return;
  end_sentence (self);
  if (!self->link)
    return;
  gst_voice_link_expect (self->link, FALSE);
  self->funcs->forget (self->tts);
}

void
tts_socket_send (TtsSocket * self, const gchar * text)
{
  gst_voice_link_send_text (self->link, text);
}

/* A new connection in the place of one that cannot be used any longer. */
void
tts_socket_renew (TtsSocket * self, const gchar * goodbye)
{
  if (gst_voice_link_is_open (self->link))
    gst_voice_link_send_text (self->link, goodbye);
  let_go (self);
  self->warm = FALSE;
  connect_again (self, 0);
  gst_voice_link_expect (self->link, self->text != NULL);
}

/* An answer is owed from now on, as if nothing of it had come. */
void
tts_socket_expect (TtsSocket * self)
{
  gst_voice_link_expect (self->link, TRUE);
}

static void
note_first_sound (TtsSocket * self)
{
  if (self->sounded)
    return;
  self->sounded = TRUE;
  self->attempts = 0;
  gst_voice_provider_answered (self->provider, (g_get_monotonic_time ()
          - self->asked_us) * GST_USECOND);
}

/* Whole samples; half of one waits for the other half. */
static GstBuffer *
take_samples (TtsSocket * self, GBytes * sound)
{
  gsize size, total, whole;
  const guint8 *data = g_bytes_get_data (sound, &size);
  GstBuffer *buffer;
  GstMapInfo map;

  if (size == 0)
    return gst_buffer_new ();
  total = size + self->has_odd;
  whole = total & ~(gsize) 1;
  if (!self->has_odd && whole == size)
    return gst_buffer_new_wrapped_bytes (sound);
  buffer = gst_buffer_new_allocate (NULL, whole, NULL);
  if (whole > 0 && gst_buffer_map (buffer, &map, GST_MAP_WRITE)) {
    map.data[0] = self->odd;
    memcpy (map.data + self->has_odd, data, whole - self->has_odd);
    gst_buffer_unmap (buffer, &map);
  }
  if (total > whole)
    self->odd = data[size - 1];
  self->has_odd = total > whole;
  return buffer;
}

/* More of the sentence that is owed. @words: (nullable): all that are known by
 * now; @sound may be empty then. */
void
tts_socket_sound (TtsSocket * self, GBytes * sound, const GstVoiceWords * words)
{
  GstBuffer *samples;
  gint64 before;

  if (!self->text)
    return;
  self->heard = TRUE;
  samples = take_samples (self, sound);
  if (gst_buffer_get_size (samples) == 0 && !words) {
    gst_buffer_unref (samples);
    return;
  }
  note_first_sound (self);
  gst_voice_tts_set_rate (self->tts, self->rate);
  before = g_get_monotonic_time ();
  gst_voice_tts_audio (self->tts, samples, words);
  self->held_us += g_get_monotonic_time () - before;
}

/* The sentence that was owed has been spoken. */
void
tts_socket_done (TtsSocket * self)
{
  if (!self->text)
    return;
  end_sentence (self);
  gst_voice_link_expect (self->link, FALSE);
  gst_voice_tts_done (self->tts);
}
