/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What all synthesisers have in common: the order of sentences, how far ahead
 * of the caller's ear they are spoken, and which written words a sound stands
 * for.
 *
 * Everything that must keep its place behind a sentence waits with it: the
 * next sentence, the end of the speech, a hangup.
 *
 * Threads: as GstVoiceStage. Locks: none of its own.
 */
#include "tts.h"

#include "relay.h"

#include <string.h>

/* No sentence is begun while this much sound waits. */
#define MAX_AHEAD (10 * GST_SECOND)
#define TIMER_AHEAD 0

/* How far from where it is expected a word is looked for. */
#define NEAR_WORDS 4

typedef struct
{
  /* set before it starts */
  const GstVoiceTtsRelay *relay;
  gpointer relay_data;

  /* task only */
  guint rate;
  GQueue waiting;               /* of GstMiniObject */
  GstBuffer *speaking;          /* the sentence in work, or NULL */
  GstVoiceMark mark;            /* of it */
  gboolean first;               /* none of its buffers has been pushed */
  gboolean sounded;             /* some of its sound has */
  GstVoiceWords *map;           /* (nullable): its spoken words, as written */
  guint n_words;                /* whose times are told */
  guint next_word;              /* of the map, that is likely spoken next */
  gchar *provider, *model;      /* (nullable): which speak it */
  guint characters;             /* that were asked for, of it */
  gdouble cost;                 /* of it */
  gboolean own_speech;          /* it is a speech that nobody announced */
  guint speech;                 /* that of the last `voice/speech` */
  gboolean eos;
  gboolean going_on;            /* go_on() is running */
} GstVoiceTtsPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (GstVoiceTts, gst_voice_tts,
    GST_TYPE_VOICE_STAGE);

#define PRIV(self) \
  ((GstVoiceTtsPrivate *) gst_voice_tts_get_instance_private (self))

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("text/x-raw, format=(string)utf8"));

static void
pass (GstVoiceTts * self, GstVoiceMilestone milestone)
{
  GstVoiceStage *stage = GST_VOICE_STAGE (self);

  gst_voice_session_pass (gst_voice_stage_session (stage),
      PRIV (self)->mark.turn, milestone, gst_voice_stage_now (stage));
}

/* How long to wait until little enough sound is ahead; 0 if it is now. */
static GstClockTime
too_far_ahead (GstVoiceTts * self)
{
  GstQuery *query = gst_voice_query_new ("ahead");
  GstClockTime ahead = 0;

  if (gst_pad_peer_query (gst_voice_stage_src_pad (GST_VOICE_STAGE (self)),
          query))
    ahead = gst_voice_structure_time (gst_query_get_structure (query), "ahead");
  gst_query_unref (query);
  return GST_CLOCK_TIME_IS_VALID (ahead) && ahead >= MAX_AHEAD ?
      ahead - MAX_AHEAD + 20 * GST_MSECOND : 0;
}

/* Returns what goes downstream. */
static GstStructure *
announce_speech (GstVoiceTts * self, guint speech, const GstVoiceMark * mark,
    const gchar * source)
{
  GstVoiceStage *stage = GST_VOICE_STAGE (self);
  GstStructure *s = gst_voice_structure_new ("speech", "speech", speech,
      "turn", mark->turn, "source", source, "interruptible",
      !(mark->flags & GST_VOICE_FLAG_UNINTERRUPTIBLE),
      "generation", mark->generation, NULL);

  gst_voice_stage_report (stage, gst_structure_copy (s));
  gst_voice_stage_push_event (stage, GST_VOICE_UPSTREAM,
      gst_structure_copy (s));
  return s;
}

static void
push_speech (GstVoiceTts * self)
{
  GstVoiceTtsPrivate *priv = PRIV (self);
  GstVoiceStage *stage = GST_VOICE_STAGE (self);

  priv->speech = gst_voice_session_next_speech (gst_voice_stage_session
      (stage));
  gst_voice_stage_push_event (stage, GST_VOICE_ORDERED, announce_speech (self,
          priv->speech, &priv->mark, "say"));
}

static void
push_speech_end (GstVoiceTts * self)
{
  GstVoiceTtsPrivate *priv = PRIV (self);

  gst_voice_stage_push_event (GST_VOICE_STAGE (self), GST_VOICE_ORDERED,
      gst_voice_structure_new ("speech-end", "speech", priv->speech,
          "generation", priv->mark.generation, NULL));
  priv->speech = 0;
}

/* Text that no language model has announced is a speech of its own. */
static void
begin_sentence (GstVoiceTts * self, GstBuffer * buffer)
{
  GstVoiceTtsPrivate *priv = PRIV (self);
  const GstVoiceMeta *meta = gst_voice_meta_get (buffer);
  GstVoiceMark none = {.generation =
        gst_voice_stage_generation (GST_VOICE_STAGE (self))
  };

  priv->speaking = buffer;
  priv->first = TRUE;
  priv->sounded = FALSE;
  priv->n_words = priv->next_word = 0;
  gst_voice_mark_buffer (&priv->mark, buffer, &none);
  priv->own_speech = !priv->speech && !(meta && meta->speech);
  if (priv->own_speech)
    push_speech (self);
  pass (self, GST_VOICE_MILESTONE_SYNTHESIS);
}

static void
forget_sentence (GstVoiceTtsPrivate * priv)
{
  gst_clear_buffer (&priv->speaking);
  g_clear_pointer (&priv->map, gst_voice_words_unref);
  g_clear_pointer (&priv->provider, g_free);
  g_clear_pointer (&priv->model, g_free);
  priv->characters = 0;
  priv->cost = 0;
}

/**
 * gst_voice_tts_spent_by:
 * @tts: a synthesiser
 * @provider: the factory of the element that was asked
 * @model: (nullable): which has spoken
 * @characters: that it was asked for
 * @cost: of them
 * @turn: which the sentence answers
 *
 * Tells at once what was used, whatever becomes of the sentence.
 */
void
gst_voice_tts_spent_by (GstVoiceTts * tts, const gchar * provider,
    const gchar * model, guint characters, gdouble cost, guint turn)
{
  gst_voice_stage_report (GST_VOICE_STAGE (tts),
      gst_voice_structure_new ("usage", "provider", provider, "model",
          model, "characters", characters, "cost", cost, "turn", turn, NULL));
}

static void
tell_usage (GstVoiceTts * self, const gchar * provider)
{
  GstVoiceTtsPrivate *priv = PRIV (self);
  gchar *text = gst_voice_text_buffer_get (priv->speaking);

  gst_voice_tts_spent_by (self, provider, priv->model, priv->characters ?
      priv->characters : g_utf8_strlen (text, -1), priv->cost, priv->mark.turn);
  g_free (text);
}

static void
end_sentence (GstVoiceTts * self)
{
  GstVoiceTtsPrivate *priv = PRIV (self);

  forget_sentence (priv);
  if (priv->own_speech)
    push_speech_end (self);
  priv->own_speech = FALSE;
}

/* What was asked for is paid for. */
static void
cancel_sentence (GstVoiceTts * self)
{
  if (GST_VOICE_TTS_GET_CLASS (self)->cancel)
    GST_VOICE_TTS_GET_CLASS (self)->cancel (self);
  if (PRIV (self)->provider)
    tell_usage (self, PRIV (self)->provider);
  end_sentence (self);
}

static void
pass_event (GstVoiceTts * self, GstEvent * event)
{
  GstVoiceTtsPrivate *priv = PRIV (self);
  const GstStructure *s = gst_voice_event_parse (event);

  if (gst_voice_event_is (event, "speech"))
    priv->speech = gst_voice_structure_uint (s, "speech");
  else if (gst_voice_event_is (event, "speech-end"))
    priv->speech = 0;
  gst_pad_push_event (gst_voice_stage_src_pad (GST_VOICE_STAGE (self)),
      gst_event_ref (event));
}

static gboolean
is_obsolete_buffer (GstVoiceTts * self, GstBuffer * buffer)
{
  GstVoiceMark mark, none = { 0 };

  none.generation = G_MAXUINT;
  gst_voice_mark_buffer (&mark, buffer, &none);
  return gst_voice_stage_is_obsolete (GST_VOICE_STAGE (self), &mark);
}

/* Speaks what waits, as far as it may. */
static void
go_on (GstVoiceTts * self)
{
  GstVoiceTtsPrivate *priv = PRIV (self);
  GstVoiceStage *stage = GST_VOICE_STAGE (self);
  GstClockTime wait;
  GstMiniObject *next;
  gchar *text;

  /* A synthesiser that answers at once comes back here from speak(). */
  if (priv->going_on)
    return;
  priv->going_on = TRUE;
  while (!priv->speaking && (next = g_queue_peek_head (&priv->waiting))) {
    if (GST_IS_EVENT (next)) {
      pass_event (self, GST_EVENT (next));
    } else if (!is_obsolete_buffer (self, GST_BUFFER (next))) {
      wait = too_far_ahead (self);
      if (wait > 0) {
        gst_voice_stage_set_timer (stage, TIMER_AHEAD,
            gst_voice_stage_now (stage) + wait);
        break;
      }
      begin_sentence (self, gst_buffer_ref (GST_BUFFER (next)));
    }
    gst_mini_object_unref (g_queue_pop_head (&priv->waiting));
    if (priv->speaking) {
      text = gst_voice_text_buffer_get (priv->speaking);
      GST_VOICE_TTS_GET_CLASS (self)->speak (self, text);
      g_free (text);
    }
  }
  priv->going_on = FALSE;
  if (priv->eos && !priv->speaking && g_queue_is_empty (&priv->waiting)) {
    priv->eos = FALSE;
    gst_voice_stage_drained (stage);
  }
}

/* Takes @object. While it waits it is no work under way. */
static void
put_behind (GstVoiceTts * self, GstMiniObject * object)
{
  if (GST_IS_EVENT (object))
    object = GST_MINI_OBJECT (gst_voice_event_alight (GST_EVENT (object)));
  else
    gst_voice_token_alight (GST_BUFFER (object));
  g_queue_push_tail (&PRIV (self)->waiting, object);
  go_on (self);
}

static GstFlowReturn
input (GstVoiceStage * stage, GstBuffer * buffer)
{
  GstVoiceTts *self = GST_VOICE_TTS (stage);
  const GstVoiceMeta *meta = gst_voice_meta_get (buffer);

  if (meta)
    gst_voice_session_pass (gst_voice_stage_session (stage), meta->turn,
        GST_VOICE_MILESTONE_SENTENCE, gst_voice_stage_now (stage));
  put_behind (self, GST_MINI_OBJECT (buffer));
  return GST_FLOW_OK;
}

static void
put_event_behind (GstVoiceTts * self, GstStructure * s)
{
  put_behind (self, GST_MINI_OBJECT (gst_voice_event_new (GST_VOICE_ORDERED,
              NULL, s)));
}

/* What nobody upstream has turned into a speech. */
static void
speak_say (GstVoiceTts * self, const GstStructure * s)
{
  guint speech = gst_voice_session_next_speech (gst_voice_stage_session
      (GST_VOICE_STAGE (self)));
  const gchar *text = gst_voice_structure_string (s, "text");
  const gchar *source = gst_voice_structure_string (s, "source");
  GstVoiceMark mark = {
    .generation = gst_voice_structure_uint (s, "generation"),
    .flags = gst_voice_structure_boolean (s, "interruptible") ?
        GST_VOICE_FLAG_NONE : GST_VOICE_FLAG_UNINTERRUPTIBLE
  };
  GstBuffer *buffer = gst_voice_text_buffer_new (text);
  GstVoiceMeta *meta = gst_voice_meta_add (buffer);

  meta->speech = speech;
  meta->generation = mark.generation;
  meta->flags = mark.flags;
  meta->length = g_utf8_strlen (text, -1);
  put_event_behind (self, announce_speech (self, speech, &mark, *source ?
          source : "say"));
  put_behind (self, GST_MINI_OBJECT (buffer));
  put_event_behind (self, gst_voice_structure_new ("speech-end",
          "speech", speech, "generation", mark.generation, NULL));
}

static gboolean
event_in_task (GstVoiceStage * stage, GstEvent * event)
{
  GstVoiceTts *self = GST_VOICE_TTS (stage);
  const GstStructure *s = gst_voice_event_parse (event);

  if (GST_EVENT_TYPE (event) == GST_EVENT_GAP)
    return TRUE;
  if (gst_voice_event_is (event, "say")) {
    speak_say (self, s);
    return TRUE;
  }
  /* A commit lets the first sound be played: it must not wait for the last. */
  if (!s || gst_voice_event_is (event, "commit")
      || (gst_voice_event_is (event, "hangup")
          && gst_voice_structure_boolean (s, "now")))
    return FALSE;
  put_behind (self, GST_MINI_OBJECT (gst_event_ref (event)));
  return TRUE;
}

/* The line closes: a provider that says nothing any more must not keep it
 * open. */
static void
give_up (GstVoiceStage * stage, gpointer data)
{
  GstVoiceTts *self = GST_VOICE_TTS (stage);
  GstVoiceTtsPrivate *priv = PRIV (self);

  g_queue_clear_full (&priv->waiting, (GDestroyNotify) gst_mini_object_unref);
  if (priv->speaking)
    cancel_sentence (self);
  go_on (self);
}

static gboolean
oob (GstVoiceStage * stage, GstEvent * event)
{
  if (gst_voice_event_is (event, "hangup")
      && gst_voice_structure_boolean (gst_voice_event_parse (event), "now"))
    gst_voice_stage_post (stage, give_up, NULL, NULL);
  if (!gst_voice_event_is (event, "say"))
    return FALSE;
  gst_voice_stage_post_event (stage, gst_event_ref (event));
  return TRUE;
}

static void
timer (GstVoiceStage * stage, guint id)
{
  go_on (GST_VOICE_TTS (stage));
}

static gboolean
drain (GstVoiceStage * stage)
{
  GstVoiceTtsPrivate *priv = PRIV (GST_VOICE_TTS (stage));

  priv->eos = priv->speaking || !g_queue_is_empty (&priv->waiting);
  return !priv->eos;
}

static gboolean
event_is_obsolete (GstVoiceTts * self, GstEvent * event)
{
  GstVoiceMark mark, current = { 0 };

  return gst_voice_mark_event (&mark, event, &current)
      && !gst_voice_event_is (event, "speech-end")
      && gst_voice_stage_is_obsolete (GST_VOICE_STAGE (self), &mark);
}

/* In the task, after what was queued before the interruption. */
static void
drop_obsolete (GstVoiceStage * stage, gpointer data)
{
  GstVoiceTts *self = GST_VOICE_TTS (stage);
  GstVoiceTtsPrivate *priv = PRIV (self);

  for (GList * l = priv->waiting.head, *next; l; l = next) {
    GstMiniObject *waiting = l->data;

    next = l->next;
    if (GST_IS_BUFFER (waiting) ? is_obsolete_buffer (self,
            GST_BUFFER (waiting)) : event_is_obsolete (self,
            GST_EVENT (waiting))) {
      gst_mini_object_unref (waiting);
      g_queue_delete_link (&priv->waiting, l);
    }
  }
  if (priv->speaking && gst_voice_stage_is_obsolete (stage, &priv->mark))
    cancel_sentence (self);
  gst_voice_stage_set_timer (stage, TIMER_AHEAD, GST_CLOCK_TIME_NONE);
  go_on (self);
}

static void
interrupt (GstVoiceStage * stage, GstEvent * event)
{
  gst_voice_stage_post (stage, drop_obsolete, NULL, NULL);
}

static gboolean
set_caps (GstVoiceStage * stage, GstCaps * caps)
{
  return TRUE;
}

static void
clear (GstVoiceTtsPrivate * priv)
{
  g_queue_clear_full (&priv->waiting, (GDestroyNotify)
      gst_mini_object_unref);
  forget_sentence (priv);
  priv->eos = priv->own_speech = FALSE;
  priv->speech = priv->rate = 0;
}

static gboolean
start (GstVoiceStage * stage, GError ** error)
{
  clear (PRIV (GST_VOICE_TTS (stage)));
  return TRUE;
}

/* What was being said when the line was closed is paid for, too. */
static void
stop (GstVoiceStage * stage)
{
  GstVoiceTts *self = GST_VOICE_TTS (stage);

  if (PRIV (self)->speaking && PRIV (self)->provider)
    tell_usage (self, PRIV (self)->provider);
  clear (PRIV (GST_VOICE_TTS (stage)));
}

static void
gst_voice_tts_class_init (GstVoiceTtsClass * klass)
{
  GstVoiceStageClass *stage_class = GST_VOICE_STAGE_CLASS (klass);

  gst_element_class_add_static_pad_template (GST_ELEMENT_CLASS (klass),
      &sink_template);
  stage_class->start = start;
  stage_class->stop = stop;
  stage_class->set_caps = set_caps;
  stage_class->input = input;
  stage_class->event = event_in_task;
  stage_class->oob = oob;
  stage_class->timer = timer;
  stage_class->interrupt = interrupt;
  stage_class->drain = drain;
  gst_type_mark_as_plugin_api (GST_TYPE_VOICE_TTS, 0);
}

static void
gst_voice_tts_init (GstVoiceTts * self)
{
  g_queue_init (&PRIV (self)->waiting);
}

/**
 * gst_voice_tts_is_speakable:
 * @text: a sentence
 *
 * Returns: whether anything can be heard of it; services refuse what cannot, or
 *   never end it
 */
gboolean
gst_voice_tts_is_speakable (const gchar * text)
{
  while (*text && !g_unichar_isalnum (g_utf8_get_char (text)))
    text = g_utf8_next_char (text);
  return *text != '\0';
}

/**
 * gst_voice_tts_set_rate:
 * @tts: a synthesiser; to be called in the task, before its first sound
 * @rate: sampling rate of what follows
 */
void
gst_voice_tts_set_rate (GstVoiceTts * tts, guint rate)
{
  GstVoiceTtsPrivate *priv = PRIV (tts);
  GstCaps *caps;

  if (priv->rate == rate)
    return;
  priv->rate = rate;
  caps = gst_caps_new_simple ("audio/x-raw", "format", G_TYPE_STRING, "S16LE",
      "layout", G_TYPE_STRING, "interleaved", "channels", G_TYPE_INT, 1,
      "rate", G_TYPE_INT, (gint) rate, NULL);
  gst_voice_stage_set_src_caps (GST_VOICE_STAGE (tts), caps);
  gst_caps_unref (caps);
}

/* But for punctuation and capitals. */
static gboolean
is_same_word (const gchar * a, const gchar * b)
{
  while (TRUE) {
    while (*a && !g_unichar_isalnum (g_utf8_get_char (a)))
      a = g_utf8_next_char (a);
    while (*b && !g_unichar_isalnum (g_utf8_get_char (b)))
      b = g_utf8_next_char (b);
    if (!*a || !*b)
      return !*a && !*b;
    if (g_unichar_tolower (g_utf8_get_char (a))
        != g_unichar_tolower (g_utf8_get_char (b)))
      return FALSE;
    a = g_utf8_next_char (a);
    b = g_utf8_next_char (b);
  }
}

/* Which of the sentence's words a spoken one is: the same a little further on,
 * or a little before; otherwise the next. */
static guint
find_word (GstVoiceTts * self, const gchar * text)
{
  GstVoiceTtsPrivate *priv = PRIV (self);
  const GstVoiceWords *map = priv->map;
  guint next = MIN (priv->next_word, map->n - 1);
  guint to = MIN (next + NEAR_WORDS, map->n);
  guint from = next > NEAR_WORDS ? next - NEAR_WORDS : 0;

  for (guint i = next; i < to; i++) {
    if (is_same_word (map->word[i].text, text))
      return i;
  }
  for (guint i = next; i > from; i--) {
    if (is_same_word (map->word[i - 1].text, text))
      return i - 1;
  }
  return next;
}

/* All words at once, and more of them than the sentence has: in proportion. */
static guint
scale (guint i, guint n, guint to)
{
  return (guint64) i *to / n;
}

/* Where in the written text the @i-th of the words stands. */
static void
place_word (GstVoiceTts * self, const GstVoiceWords * times, guint i,
    gboolean in_proportion, GstVoiceWord * word)
{
  GstVoiceTtsPrivate *priv = PRIV (self);
  guint found;

  if (priv->map->n == 0)
    return;
  found = in_proportion ? scale (i, times->n, priv->map->n) :
      find_word (self, times->word[i].text);
  word->offset = priv->map->word[found].offset;
  word->length = priv->map->word[found].length;
  priv->next_word = found + 1;
}

/* The words that were not told before, on the words of the sentence. */
static void
tell_words (GstVoiceTts * self, GstVoiceMeta * meta,
    const GstVoiceWords * times)
{
  GstVoiceTtsPrivate *priv = PRIV (self);
  guint told = priv->n_words;
  gboolean in_proportion;

  if (!times || times->n <= told)
    return;
  in_proportion = told == 0 && times->n > priv->map->n;
  meta->words = gst_voice_words_new (times->n - told);
  for (guint i = told; i < times->n; i++) {
    GstVoiceWord *word = &meta->words->word[i - told];

    word->text = g_strdup (times->word[i].text);
    word->start = times->word[i].start;
    word->end = times->word[i].end;
    place_word (self, times, i, in_proportion, word);
  }
  priv->n_words = times->n;
}

/* Text without a map: each word of it stands for itself. */
static GstVoiceWords *
words_of_text (const gchar * text, guint offset)
{
  GArray *list = g_array_new (FALSE, TRUE, sizeof (GstVoiceWord));
  GstVoiceWords *words;
  const gchar *p = text;

  while (*p) {
    GstVoiceWord word = { 0 };
    const gchar *begin;

    while (*p && g_unichar_isspace (g_utf8_get_char (p))) {
      p = g_utf8_next_char (p);
      offset++;
    }
    begin = p;
    word.offset = offset;
    while (*p && !g_unichar_isspace (g_utf8_get_char (p))) {
      p = g_utf8_next_char (p);
      offset++;
    }
    if (p == begin)
      break;
    word.length = offset - word.offset;
    word.text = g_strndup (begin, p - begin);
    g_array_append_val (list, word);
  }
  words = gst_voice_words_new (list->len);
  if (list->len)
    memcpy (words->word, list->data, list->len * sizeof (GstVoiceWord));
  g_array_free (list, TRUE);
  return words;
}

/* The first buffer of a sentence says what all of it stands for. */
static void
describe (GstVoiceTts * self, GstVoiceMeta * meta)
{
  GstVoiceTtsPrivate *priv = PRIV (self);
  const GstVoiceMeta *from = gst_voice_meta_get (priv->speaking);
  gchar *text = gst_voice_text_buffer_get (priv->speaking);

  priv->map = from && from->words ? gst_voice_words_ref (from->words) :
      words_of_text (text, from ? from->offset : 0);
  meta->offset = from ? from->offset : 0;
  meta->length = from && from->length ? from->length : g_utf8_strlen (text, -1);
  meta->written = g_strdup (from && from->written ? from->written : text);
  g_free (text);
}

/**
 * gst_voice_tts_audio:
 * @tts: a synthesiser; to be called in the task
 * @samples: (transfer full): S16LE mono, the next of the sentence; empty if
 *   there is no more to tell than @words
 * @words: (nullable): the words of the sentence with their times since its
 *   first sample, as far as they are known by now: the same as before, and
 *   those that have become known
 *
 * Returns: whether more of the sentence is wanted; a synthesiser that works in
 * the task stops if it is not
 */
gboolean
gst_voice_tts_audio (GstVoiceTts * tts, GstBuffer * samples,
    const GstVoiceWords * words)
{
  GstVoiceTtsPrivate *priv = PRIV (tts);
  GstVoiceStage *stage = GST_VOICE_STAGE (tts);
  gsize size = gst_buffer_get_size (samples);
  GstVoiceMeta *meta;

  if (priv->relay)
    return priv->relay->audio (tts, priv->rate, samples, words,
        priv->relay_data);
  if (!priv->speaking || !priv->rate) {
    gst_buffer_unref (samples);
    return FALSE;
  }
  if (!priv->sounded && size > 0)
    pass (tts, GST_VOICE_MILESTONE_AUDIO);
  priv->sounded |= size > 0;
  meta = gst_voice_meta_add (samples);
  meta->generation = priv->mark.generation;
  meta->turn = priv->mark.turn;
  meta->flags = priv->mark.flags;
  meta->speech = gst_voice_meta_get (priv->speaking) &&
      gst_voice_meta_get (priv->speaking)->speech ?
      gst_voice_meta_get (priv->speaking)->speech : priv->speech;
  if (priv->first)
    describe (tts, meta);
  priv->first = FALSE;
  tell_words (tts, meta, words);
  GST_BUFFER_DURATION (samples) = gst_util_uint64_scale_int (GST_SECOND,
      size / 2, priv->rate);
  return gst_voice_stage_push (stage, samples) == GST_FLOW_OK
      && !gst_voice_stage_is_obsolete (stage, &priv->mark);
}

/**
 * gst_voice_tts_cost_by:
 * @tts: a synthesiser; to be called in the task
 * @provider: (nullable): the factory of the element that was asked, if that is
 *   to be paid
 * @model: (nullable): which speaks it
 * @characters: of the sentence, that it was asked for; 0 for all
 * @cost: of them
 *
 * gst_voice_tts_cost() for whoever has another element speak.
 */
void
gst_voice_tts_cost_by (GstVoiceTts * tts, const gchar * provider,
    const gchar * model, guint characters, gdouble cost)
{
  GstVoiceTtsPrivate *priv = PRIV (tts);

  if (!priv->speaking)
    return;
  g_free (priv->provider);
  priv->provider = g_strdup (provider);
  g_free (priv->model);
  priv->model = g_strdup (model);
  priv->characters = characters;
  priv->cost = cost;
}

/**
 * gst_voice_tts_cost:
 * @tts: a synthesiser; to be called in the task, when it has asked for the
 *   sentence
 * @model: which speaks it
 * @cost: of it
 *
 * It is told at the end of the sentence, also if that is cut.
 */
void
gst_voice_tts_cost (GstVoiceTts * tts, const gchar * model, gdouble cost)
{
  GstVoiceTtsPrivate *priv = PRIV (tts);

  if (priv->relay)
    priv->relay->cost (tts, model, cost, priv->relay_data);
  else
    gst_voice_tts_cost_by (tts, GST_OBJECT_NAME (gst_element_get_factory
            (GST_ELEMENT (tts))), model, 0, cost);
}

/**
 * gst_voice_tts_done_by:
 * @tts: a synthesiser; to be called in the task
 * @provider: the factory of the element that has spoken; empty if nobody has
 *
 * gst_voice_tts_done() for whoever has another element speak.
 */
void
gst_voice_tts_done_by (GstVoiceTts * tts, const gchar * provider)
{
  if (!PRIV (tts)->speaking)
    return;
  if (*provider)
    tell_usage (tts, provider);
  end_sentence (tts);
  go_on (tts);
}

/**
 * gst_voice_tts_done:
 * @tts: a synthesiser; to be called in the task
 *
 * The sentence has been spoken.
 */
void
gst_voice_tts_done (GstVoiceTts * tts)
{
  GstVoiceTtsPrivate *priv = PRIV (tts);

  if (priv->relay)
    priv->relay->done (tts, priv->relay_data);
  else
    gst_voice_tts_done_by (tts, GST_OBJECT_NAME (gst_element_get_factory
            (GST_ELEMENT (tts))));
}

/**
 * gst_voice_tts_fail:
 * @tts: a synthesiser; to be called in the task
 * @error: (transfer full): why the sentence cannot be spoken
 *
 * The error is posted and ends the stream: an agent without a voice is no use.
 */
void
gst_voice_tts_fail (GstVoiceTts * tts, GError * error)
{
  GstVoiceTtsPrivate *priv = PRIV (tts);

  if (priv->relay)
    priv->relay->fail (tts, error, priv->relay_data);
  if (!priv->speaking) {
    g_error_free (error);
    return;
  }
  if (priv->provider)
    tell_usage (tts, priv->provider);
  end_sentence (tts);
  gst_voice_stage_fail (GST_VOICE_STAGE (tts), error);
}

/**
 * gst_voice_tts_set_relay:
 * @tts: a synthesiser that has not started
 * @relay: who takes what it speaks
 * @data: for @relay
 *
 * Its pads stay unlinked from now on. What is to be spoken its `speak` is
 * called with, in its task.
 */
void
gst_voice_tts_set_relay (GstVoiceTts * tts, const GstVoiceTtsRelay * relay,
    gpointer data)
{
  PRIV (tts)->relay = relay;
  PRIV (tts)->relay_data = data;
}

/**
 * gst_voice_tts_speech:
 * @tts: a synthesiser; to be called in the task
 *
 * Returns: the speech that the sentence in work belongs to, or 0
 */
guint
gst_voice_tts_speech (GstVoiceTts * tts)
{
  GstVoiceTtsPrivate *priv = PRIV (tts);
  const GstVoiceMeta *meta = priv->speaking ?
      gst_voice_meta_get (priv->speaking) : NULL;

  return meta && meta->speech ? meta->speech : priv->speech;
}

/**
 * gst_voice_tts_turn:
 * @tts: a synthesiser; to be called in the task
 *
 * Returns: the turn that the sentence in work answers, or 0
 */
guint
gst_voice_tts_turn (GstVoiceTts * tts)
{
  return PRIV (tts)->speaking ? PRIV (tts)->mark.turn : 0;
}
