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

#include "speech-wire.h"

#include <gst-voice/error.h>
#include <gst-voice/price.h>
#include <string.h>

GST_DEBUG_CATEGORY_STATIC (tts_socket_debug);
#define GST_CAT_DEFAULT tts_socket_debug

#define PING_S 10
#define KEEP_ALIVE_MS 10000
/* One that held so long counts as a good one. */
#define GOOD_US (30 * G_USEC_PER_SEC)

G_DEFINE_ABSTRACT_TYPE_WITH_CODE (GstVoiceSocketTts, gst_voice_socket_tts,
    GST_TYPE_VOICE_TTS,
    GST_DEBUG_CATEGORY_INIT (tts_socket_debug, "voice-tts-socket", 0,
        "speech synthesis over sockets"));

#define CLASS(self) GST_VOICE_SOCKET_TTS_GET_CLASS (self)

static void
let_go (GstVoiceSocketTts * self)
{
  g_clear_pointer (&self->link, gst_voice_link_close);
  self->delayed = FALSE;
}

static void
end_sentence (GstVoiceSocketTts * self)
{
  g_clear_pointer (&self->text, g_free);
  self->has_odd = FALSE;
}

static void
hang_up (GstVoiceSocketTts * self)
{
  if (self->link && gst_voice_link_is_open (self->link)
      && CLASS (self)->goodbye)
    gst_voice_link_send_text (self->link, CLASS (self)->goodbye);
  let_go (self);
}

static void
fail (GstVoiceSocketTts * self, GError * error, gint64 retry_after)
{
  gst_voice_link_blame (self->link, error);
  gst_voice_provider_refused (self->provider, error, retry_after);
  end_sentence (self);
  gst_voice_tts_fail (GST_VOICE_TTS (self), error);
}

/* The sentence cannot be spoken; the connection is fine. Takes @error. */
void
gst_voice_socket_tts_fail (GstVoiceSocketTts * self, GError * error)
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
gst_voice_socket_tts_break (GstVoiceSocketTts * self, GError * error)
{
  gst_voice_link_blame (self->link, error);
  let_go (self);
  gst_voice_socket_tts_fail (self, error);
}

static void
check_total (GstVoiceSocketTts * self)
{
  gint64 lasted = g_get_monotonic_time () - self->asked_us - self->held_us;

  if (self->text && self->total_us && lasted > self->total_us)
    gst_voice_socket_tts_break (self, g_error_new (GST_VOICE_ERROR,
            GST_VOICE_ERROR_STALLED, "the service has not ended the sentence "
            "within %u ms (deadline total): try again, or check the service",
            (guint) (self->total_us / 1000)));
}

static void
on_text (GstVoiceStage * stage, const gchar * event, const gchar * text,
    gsize size, gpointer data)
{
  GstVoiceSocketTts *self = data;

  CLASS (self)->text (self, text, size);
  check_total (self);
}

static void
on_binary (GstVoiceStage * stage, GBytes * bytes, gpointer data)
{
  GstVoiceSocketTts *self = data;

  if (CLASS (self)->binary)
    CLASS (self)->binary (self, bytes);
  check_total (self);
}

/* Of a sentence that a service has got: who cannot be reached wants nothing. */
static void
tell_cost (GstVoiceSocketTts * self)
{
  const gchar *model = CLASS (self)->paid_by (self);
  const GstVoiceAmount amount = {
    .characters = g_utf8_strlen (self->text, -1),
  };

  gst_voice_tts_cost (GST_VOICE_TTS (self), model,
      gst_voice_price (gst_voice_provider_service (self->provider), model,
          &amount));
}

static void
on_opened (GstVoiceStage * stage, gpointer data)
{
  GstVoiceSocketTts *self = data;

  GST_DEBUG_OBJECT (self, "connected");
  self->delayed = FALSE;
  self->stood = TRUE;
  if (self->text)
    tell_cost (self);
}

static void connect_again (GstVoiceSocketTts * self, guint delay);

/* Nobody waits for it. One that never stood is a fault, one that did is not. */
static void
lost_idle (GstVoiceSocketTts * self, const GError * error, gint64 retry_after)
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
ask (GstVoiceSocketTts * self)
{
  gst_voice_link_expect (self->link, TRUE);
  self->asked_us = g_get_monotonic_time ();
  self->held_us = 0;
  CLASS (self)->ask (self, self->text);
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
  GstVoiceSocketTts *self = data;

  GST_INFO_OBJECT (self, "closed: status %u, code %u, request %s, %s",
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
connect_again (GstVoiceSocketTts * self, guint delay)
{
  static const GstVoiceLinkEvents events = {
    .opened = on_opened,
    .text = on_text,
    .binary = on_binary,
    .closed = on_closed,
  };
  gchar *path = CLASS (self)->path (self);

  self->link = gst_voice_provider_socket (self->provider, path);
  g_free (path);
  gst_voice_link_set_ping (self->link, PING_S);
  gst_voice_link_set_delay (self->link, delay);
  if (CLASS (self)->keep_alive)
    gst_voice_link_set_keep_alive (self->link, KEEP_ALIVE_MS,
        CLASS (self)->keep_alive);
  self->delayed = delay > 0;
  self->stood = FALSE;
  self->opened_us = g_get_monotonic_time ();
  gst_voice_link_open (self->link, &events, self);
  if (CLASS (self)->begun)
    CLASS (self)->begun (self);
}

static void
speak (GstVoiceTts * tts, const gchar * text)
{
  GstVoiceSocketTts *self = GST_VOICE_SOCKET_TTS (tts);

  if (!gst_voice_tts_is_speakable (text)) {
    gst_voice_tts_done (tts);
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

static void
cancel (GstVoiceTts * tts)
{
  GstVoiceSocketTts *self = GST_VOICE_SOCKET_TTS (tts);

  if (!self->text)
    return;
  end_sentence (self);
  if (!self->link)
    return;
  gst_voice_link_expect (self->link, FALSE);
  CLASS (self)->forget (self);
}

void
gst_voice_socket_tts_send (GstVoiceSocketTts * self, const gchar * text)
{
  gst_voice_link_send_text (self->link, text);
}

/* Takes @text. */
void
gst_voice_socket_tts_take (GstVoiceSocketTts * self, gchar * text)
{
  gst_voice_socket_tts_send (self, text);
  g_free (text);
}

/* A new connection in the place of one that cannot be used any longer. */
void
gst_voice_socket_tts_renew (GstVoiceSocketTts * self)
{
  hang_up (self);
  self->warm = FALSE;
  connect_again (self, 0);
  gst_voice_link_expect (self->link, self->text != NULL);
}

/* If a sentence is owed it is so from now on, as if nothing of it had come. */
void
gst_voice_socket_tts_expect (GstVoiceSocketTts * self)
{
  if (self->text)
    gst_voice_link_expect (self->link, TRUE);
}

static void
note_first_sound (GstVoiceSocketTts * self)
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
take_samples (GstVoiceSocketTts * self, GBytes * sound)
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

static GstVoiceWords *
words_of (const GArray * from)
{
  GstVoiceWords *words = gst_voice_words_new (from->len);

  for (guint i = 0; i < from->len; i++) {
    const SpeechWord *word = &g_array_index (from, SpeechWord, i);

    words->word[i].text = g_strdup (word->text);
    words->word[i].start = word->start;
    words->word[i].end = word->end;
  }
  return words;
}

/* More of the sentence that is owed. @from: (nullable): of SpeechWord: all
 * words that are known by now; @sound may be empty then. */
void
gst_voice_socket_tts_sound (GstVoiceSocketTts * self, GBytes * sound,
    const GArray * from)
{
  GstVoiceWords *words;
  GstBuffer *samples;
  gint64 before;

  if (!self->text)
    return;
  self->heard = TRUE;
  samples = take_samples (self, sound);
  if (gst_buffer_get_size (samples) == 0 && !from) {
    gst_buffer_unref (samples);
    return;
  }
  note_first_sound (self);
  gst_voice_tts_set_rate (GST_VOICE_TTS (self), self->rate);
  words = from ? words_of (from) : NULL;
  before = g_get_monotonic_time ();
  gst_voice_tts_audio (GST_VOICE_TTS (self), samples, words);
  self->held_us += g_get_monotonic_time () - before;
  g_clear_pointer (&words, gst_voice_words_unref);
}

/* The sentence that was owed has been spoken. */
void
gst_voice_socket_tts_done (GstVoiceSocketTts * self)
{
  if (!self->text)
    return;
  end_sentence (self);
  gst_voice_link_expect (self->link, FALSE);
  gst_voice_tts_done (GST_VOICE_TTS (self));
}

static const gchar *
paid_by (GstVoiceSocketTts * self)
{
  return gst_voice_provider_model (self->provider);
}

/* As its pad says. */
static gboolean
check_rate (GstVoiceSocketTts * self, GError ** error)
{
  GstCaps *caps = gst_pad_get_pad_template_caps (gst_voice_stage_src_pad
      (GST_VOICE_STAGE (self)));
  const GValue *rates = gst_structure_get_value (gst_caps_get_structure (caps,
          0), "rate");
  GString *known = g_string_new (NULL);
  gboolean fine = FALSE;

  for (guint i = 0; i < gst_value_list_get_size (rates); i++) {
    guint rate = g_value_get_int (gst_value_list_get_value (rates, i));

    g_string_append_printf (known, "%s%u", i ? ", " : "", rate);
    fine |= rate == self->rate;
  }
  if (!fine)
    g_set_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_UNSUPPORTED,
        "%s cannot speak at %u Hz: the rate is one of %s", GST_OBJECT_NAME
        (gst_element_get_factory (GST_ELEMENT (self))), self->rate, known->str);
  g_string_free (known, TRUE);
  gst_caps_unref (caps);
  return fine;
}

static gboolean
start (GstVoiceStage * stage, GError ** error)
{
  GstVoiceSocketTts *self = GST_VOICE_SOCKET_TTS (stage);
  guint total;

  g_object_get (self, "rate", &self->rate, "total-timeout", &total, NULL);
  self->total_us = total * G_GINT64_CONSTANT (1000);
  self->attempts = 0;
  return check_rate (self, error)
      && gst_voice_provider_start (self->provider, error)
      && GST_VOICE_STAGE_CLASS (gst_voice_socket_tts_parent_class)->start
      (stage, error);
}

static void
stop (GstVoiceStage * stage)
{
  GstVoiceSocketTts *self = GST_VOICE_SOCKET_TTS (stage);

  hang_up (self);
  end_sentence (self);
  gst_voice_provider_stop (self->provider);
  GST_VOICE_STAGE_CLASS (gst_voice_socket_tts_parent_class)->stop (stage);
}

static GstStateChangeReturn
change_state (GstElement * element, GstStateChange transition)
{
  GstStateChangeReturn ret =
      GST_ELEMENT_CLASS (gst_voice_socket_tts_parent_class)->change_state
      (element, transition);

  /* Only now can the stage be told of anything; and its task does not run. The
   * first sentence finds the connection. */
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED
      && ret != GST_STATE_CHANGE_FAILURE)
    connect_again (GST_VOICE_SOCKET_TTS (element), 0);
  return ret;
}

static void
constructed (GObject * object)
{
  GstVoiceSocketTts *self = GST_VOICE_SOCKET_TTS (object);

  G_OBJECT_CLASS (gst_voice_socket_tts_parent_class)->constructed (object);
  self->provider = gst_voice_provider_new (GST_ELEMENT (self),
      CLASS (self)->info);
}

static void
finalize (GObject * object)
{
  gst_voice_provider_free (GST_VOICE_SOCKET_TTS (object)->provider);
  G_OBJECT_CLASS (gst_voice_socket_tts_parent_class)->finalize (object);
}

static void
gst_voice_socket_tts_class_init (GstVoiceSocketTtsClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstVoiceStageClass *stage_class = GST_VOICE_STAGE_CLASS (klass);
  GstVoiceTtsClass *tts_class = GST_VOICE_TTS_CLASS (klass);

  object_class->constructed = constructed;
  object_class->finalize = finalize;
  GST_ELEMENT_CLASS (klass)->change_state = GST_DEBUG_FUNCPTR (change_state);
  stage_class->start = GST_DEBUG_FUNCPTR (start);
  stage_class->stop = GST_DEBUG_FUNCPTR (stop);
  tts_class->speak = GST_DEBUG_FUNCPTR (speak);
  tts_class->cancel = GST_DEBUG_FUNCPTR (cancel);
  klass->paid_by = paid_by;
  gst_type_mark_as_plugin_api (GST_TYPE_VOICE_SOCKET_TTS, 0);
}

static void
gst_voice_socket_tts_init (GstVoiceSocketTts * self)
{
}
