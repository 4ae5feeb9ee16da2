/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The mouth of openairealtime: the sound of the service's answers, which knows
 * which words it speaks.
 *
 * The service gives words and sound, and not when a word is spoken. Both come
 * faster than they are played. So the sound is given on shortly before it is
 * played, and each piece with the words that are likely spoken in it: at a
 * usual pace at first, and in proportion once all of both is known, which is
 * soon.
 *
 * What was not written by the service's model (a greeting, a reminder) it is
 * asked to speak when all of the text is here.
 *
 * Threads: as GstVoiceStage; the mind calls in its own and is answered in ours.
 * Locks: none.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "realtime-mouth.h"

#include <string.h>

#define RATE OPENAI_REALTIME_RATE
#define AHEAD (500 * GST_MSECOND)
#define AGAIN (50 * GST_MSECOND)
#define PIECE (RATE / 10)       /* samples */
#define CHARACTERS_PER_SECOND 15
#define MAX_SOUND (16 * 1024 * 1024)    /* bytes, of one speech */
#define MAX_TEXT (64 * 1024)    /* bytes, likewise */
#define TIMER 0

/* What comes next, in order: an event, or a speech. */
typedef struct
{
  GstEvent *event;              /* nullable */

  guint speech;
  GstVoiceMark mark;
  gboolean reply;               /* of the service's model */
  GString *text;
  guint told;                   /* bytes of it that were given on */
  guint told_characters;
  gdouble spoken;               /* characters, as far as it is estimated */
  GByteArray *sound;
  gsize given;                  /* bytes of it that were given on */
  gboolean text_over, sound_over;
} Entry;

struct _GstVoiceRealtimeMouth
{
  GstVoiceStage parent;

  /* set once */
  GstVoiceRealtimeMind *mind;

  /* task only */
  GQueue entries;               /* of Entry */
  gboolean eos;
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("text/x-raw, format=(string)utf8"));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("audio/x-raw, format=(string)S16LE, "
        "layout=(string)interleaved, channels=(int)1, rate=(int)24000"));

G_DEFINE_FINAL_TYPE (GstVoiceRealtimeMouth, gst_voice_realtime_mouth,
    GST_TYPE_VOICE_STAGE);

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  if (entry->event)
    gst_event_unref (entry->event);
  if (entry->text)
    g_string_free (entry->text, TRUE);
  if (entry->sound)
    g_byte_array_unref (entry->sound);
  g_free (entry);
}

static Entry *
find (GstVoiceRealtimeMouth * self, guint speech)
{
  for (GList * l = self->entries.head; l; l = l->next) {
    Entry *entry = l->data;

    if (!entry->event && entry->speech == speech)
      return entry;
  }
  return NULL;
}

static GstClockTime
ahead (GstVoiceRealtimeMouth * self)
{
  GstQuery *query = gst_voice_query_new ("ahead");
  GstClockTime time = 0;

  if (gst_pad_peer_query (gst_voice_stage_src_pad (GST_VOICE_STAGE (self)),
          query))
    time = gst_voice_structure_time (gst_query_get_structure (query), "ahead");
  gst_query_unref (query);
  return GST_CLOCK_TIME_IS_VALID (time) ? time : 0;
}

/* The bytes of the text up to the end of the word in which the n-th character
 * from there on stands. */
static gsize
to_end_of_word (const gchar * text, guint n)
{
  const gchar *p = text;

  while (*p && (n > 0 || !g_unichar_isspace (g_utf8_get_char (p)))) {
    p = g_utf8_next_char (p);
    n -= n > 0;
  }
  return p - text;
}

/* How much of the text the next piece speaks. */
static gsize
words_of_piece (Entry * entry, gsize samples)
{
  const gchar *text = entry->text->str + entry->told;
  gsize left = (entry->sound->len - entry->given) / 2;
  gdouble rest;

  if (entry->text_over && entry->sound_over) {
    if (samples >= left)
      return strlen (text);
    rest = g_utf8_strlen (entry->text->str, -1) - entry->spoken;
    entry->spoken += MAX (rest, 0) * samples / left;
  } else {
    entry->spoken += (gdouble) samples *CHARACTERS_PER_SECOND / RATE;
  }
  entry->spoken = MIN (entry->spoken, g_utf8_strlen (entry->text->str, -1));
  if (entry->spoken <= entry->told_characters)
    return 0;
  return to_end_of_word (text, entry->spoken - entry->told_characters);
}

static void
pass_milestones (GstVoiceRealtimeMouth * self, guint turn)
{
  static const GstVoiceMilestone milestones[] = {
    GST_VOICE_MILESTONE_SENTENCE, GST_VOICE_MILESTONE_SYNTHESIS,
    GST_VOICE_MILESTONE_AUDIO
  };
  GstVoiceStage *stage = GST_VOICE_STAGE (self);

  for (guint i = 0; i < G_N_ELEMENTS (milestones); i++)
    gst_voice_session_pass (gst_voice_stage_session (stage), turn,
        milestones[i], gst_voice_stage_now (stage));
}

static void
push_piece (GstVoiceRealtimeMouth * self, Entry * entry, gsize samples)
{
  const gchar *text = entry->text->str + entry->told;
  gsize n = words_of_piece (entry, samples);
  GstBuffer *buffer = samples == 0 ? gst_buffer_new () :
      gst_buffer_new_memdup (entry->sound->data + entry->given, samples * 2);
  GstVoiceMeta *meta = gst_voice_meta_add (buffer);

  if (entry->given == 0)
    pass_milestones (self, entry->mark.turn);
  meta->generation = entry->mark.generation;
  meta->turn = entry->mark.turn;
  meta->flags = entry->mark.flags;
  meta->speech = entry->speech;
  meta->offset = entry->told_characters;
  meta->written = g_strndup (text, n);
  meta->length = g_utf8_strlen (meta->written, -1);
  entry->told += n;
  entry->told_characters += meta->length;
  entry->given += samples * 2;
  GST_BUFFER_DURATION (buffer) = gst_util_uint64_scale_int (GST_SECOND, samples,
      RATE);
  gst_voice_stage_push (GST_VOICE_STAGE (self), buffer);
}

/* Returns: whether all of it was given on */
static gboolean
speak (GstVoiceRealtimeMouth * self, Entry * entry)
{
  GstVoiceStage *stage = GST_VOICE_STAGE (self);
  GstClockTime waits;
  gsize left;

  while ((left = (entry->sound->len - entry->given) / 2) > 0) {
    if (left < PIECE / 5 && !entry->sound_over)
      return FALSE;
    waits = ahead (self);
    if (waits >= AHEAD) {
      gst_voice_stage_set_timer (stage, TIMER, gst_voice_stage_now (stage)
          + MAX (waits - AHEAD, AGAIN));
      return FALSE;
    }
    push_piece (self, entry, MIN (left, PIECE));
  }
  if (!entry->sound_over || !entry->text_over)
    return FALSE;
  if (entry->given > 0 && entry->told < entry->text->len)
    push_piece (self, entry, 0);
  gst_voice_stage_push_event (stage, GST_VOICE_ORDERED,
      gst_voice_structure_new ("speech-end", "speech", entry->speech,
          "generation", entry->mark.generation, NULL));
  return TRUE;
}

static void
go_on (GstVoiceRealtimeMouth * self)
{
  Entry *entry;

  while ((entry = g_queue_peek_head (&self->entries))) {
    if (entry->event)
      gst_pad_push_event (gst_voice_stage_src_pad (GST_VOICE_STAGE (self)),
          gst_event_ref (entry->event));
    else if (!speak (self, entry))
      break;
    entry_free (g_queue_pop_head (&self->entries));
  }
  if (self->eos && !entry) {
    self->eos = FALSE;
    gst_voice_stage_drained (GST_VOICE_STAGE (self));
  }
}

static void
put_event (GstVoiceRealtimeMouth * self, GstEvent * event)
{
  Entry *entry = g_new0 (Entry, 1);

  entry->event = gst_voice_event_alight (gst_event_ref (event));
  g_queue_push_tail (&self->entries, entry);
}

static void
begin_speech (GstVoiceRealtimeMouth * self, GstEvent * event)
{
  const GstStructure *s = gst_voice_event_parse (event);
  Entry *entry = g_new0 (Entry, 1);

  put_event (self, event);
  entry->speech = gst_voice_structure_uint (s, "speech");
  entry->reply = strcmp (gst_voice_structure_string (s, "source"),
      "reply") == 0;
  entry->mark.generation = gst_voice_structure_uint (s, "generation");
  entry->mark.turn = gst_voice_structure_uint (s, "turn");
  if (!gst_voice_structure_boolean (s, "interruptible"))
    entry->mark.flags = GST_VOICE_FLAG_UNINTERRUPTIBLE;
  entry->text = g_string_new (NULL);
  entry->sound = g_byte_array_new ();
  g_queue_push_tail (&self->entries, entry);
}

static void
end_text (GstVoiceRealtimeMouth * self, guint speech)
{
  Entry *entry = find (self, speech);

  if (!entry || entry->text_over)
    return;
  entry->text_over = TRUE;
  if (!entry->reply)
    realtime_mind_say (self->mind, speech, entry->text->str,
        entry->mark.generation,
        entry->mark.flags & GST_VOICE_FLAG_UNINTERRUPTIBLE);
}

static gboolean
event_in_task (GstVoiceStage * stage, GstEvent * event)
{
  GstVoiceRealtimeMouth *self = GST_VOICE_REALTIME_MOUTH (stage);
  const GstStructure *s = gst_voice_event_parse (event);

  if (GST_EVENT_TYPE (event) == GST_EVENT_GAP)
    return TRUE;
  /* A tool need not wait for what is said meanwhile, and a commit lets the
   * first sound be played. */
  if (!s || gst_voice_event_is (event, "commit")
      || gst_voice_event_is (event, "tool-call")
      || (gst_voice_event_is (event, "hangup")
          && gst_voice_structure_boolean (s, "now")))
    return FALSE;
  if (gst_voice_event_is (event, "speech"))
    begin_speech (self, event);
  else if (gst_voice_event_is (event, "speech-end"))
    end_text (self, gst_voice_structure_uint (s, "speech"));
  else
    put_event (self, event);
  go_on (self);
  return TRUE;
}

static GstFlowReturn
input (GstVoiceStage * stage, GstBuffer * buffer)
{
  GstVoiceRealtimeMouth *self = GST_VOICE_REALTIME_MOUTH (stage);
  const GstVoiceMeta *meta = gst_voice_meta_get (buffer);
  Entry *entry = meta ? find (self, meta->speech) : NULL;
  gchar *text;

  if (entry && entry->text->len < MAX_TEXT) {
    text = gst_voice_text_buffer_get (buffer);
    g_string_append (entry->text, text);
    entry->mark.flags = meta->flags;
    g_free (text);
  }
  gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}

typedef struct
{
  guint speech;
  GBytes *sound;                /* nullable: there is no more */
} Given;

static void
given_free (gpointer data)
{
  Given *given = data;

  if (given->sound)
    g_bytes_unref (given->sound);
  g_free (given);
}

static void
take_given (GstVoiceStage * stage, gpointer data)
{
  GstVoiceRealtimeMouth *self = GST_VOICE_REALTIME_MOUTH (stage);
  Given *given = data;
  Entry *entry = find (self, given->speech);
  gconstpointer bytes;
  gsize size;

  if (!entry || entry->sound_over)
    return;
  if (!given->sound) {
    entry->sound_over = TRUE;
  } else {
    bytes = g_bytes_get_data (given->sound, &size);
    if (entry->sound->len + size <= MAX_SOUND)
      g_byte_array_append (entry->sound, bytes, size);
  }
  go_on (self);
}

static void
give (gpointer mouth, guint speech, GBytes * sound)
{
  Given *given = g_new0 (Given, 1);

  given->speech = speech;
  given->sound = sound;
  gst_voice_stage_post (mouth, take_given, given, given_free);
}

void
realtime_mouth_sound (gpointer mouth, guint speech, GBytes * sound)
{
  give (mouth, speech, sound);
}

void
realtime_mouth_spoken (gpointer mouth, guint speech)
{
  give (mouth, speech, NULL);
}

static gboolean
is_obsolete (GstVoiceRealtimeMouth * self, const Entry * entry)
{
  GstVoiceMark mark = entry->mark, current = { 0 };

  if (entry->event && (!gst_voice_mark_event (&mark, entry->event, &current)
          || gst_voice_event_is (entry->event, "speech-end")))
    return FALSE;
  return gst_voice_stage_is_obsolete (GST_VOICE_STAGE (self), &mark);
}

/* In the task, after what was queued before the interruption. */
static void
drop_obsolete (GstVoiceStage * stage, gpointer event)
{
  GstVoiceRealtimeMouth *self = GST_VOICE_REALTIME_MOUTH (stage);
  guint skipped = gst_voice_event_is (event, "skip") ?
      gst_voice_structure_uint (gst_voice_event_parse (event), "speech") : 0;

  for (GList * l = self->entries.head, *next; l; l = next) {
    Entry *entry = l->data;

    next = l->next;
    if (is_obsolete (self, entry)
        || (skipped && !entry->event && entry->speech == skipped)) {
      entry_free (entry);
      g_queue_delete_link (&self->entries, l);
    }
  }
  gst_voice_stage_set_timer (stage, TIMER, GST_CLOCK_TIME_NONE);
  go_on (self);
}

static void
post_drop (GstVoiceStage * stage, GstEvent * event)
{
  gst_voice_stage_post (stage, drop_obsolete, gst_event_ref (event),
      (GDestroyNotify) gst_event_unref);
}

/* The line closes. */
static void
give_up (GstVoiceStage * stage, gpointer data)
{
  GstVoiceRealtimeMouth *self = GST_VOICE_REALTIME_MOUTH (stage);

  g_queue_clear_full (&self->entries, entry_free);
  go_on (self);
}

static gboolean
oob (GstVoiceStage * stage, GstEvent * event)
{
  if (gst_voice_event_is (event, "hangup") && gst_voice_structure_boolean
      (gst_voice_event_parse (event), "now"))
    gst_voice_stage_post (stage, give_up, NULL, NULL);
  else if (gst_voice_event_is (event, "skip"))
    post_drop (stage, event);
  return FALSE;
}

static void
timer (GstVoiceStage * stage, guint id)
{
  go_on (GST_VOICE_REALTIME_MOUTH (stage));
}

static gboolean
drain (GstVoiceStage * stage)
{
  GstVoiceRealtimeMouth *self = GST_VOICE_REALTIME_MOUTH (stage);

  self->eos = !g_queue_is_empty (&self->entries);
  return !self->eos;
}

static gboolean
set_caps (GstVoiceStage * stage, GstCaps * caps)
{
  return TRUE;
}

static gboolean
start (GstVoiceStage * stage, GError ** error)
{
  GstCaps *caps = gst_static_pad_template_get_caps (&src_template);

  gst_voice_stage_set_src_caps (stage, caps);
  gst_caps_unref (caps);
  return TRUE;
}

static void
stop (GstVoiceStage * stage)
{
  GstVoiceRealtimeMouth *self = GST_VOICE_REALTIME_MOUTH (stage);

  g_queue_clear_full (&self->entries, entry_free);
  self->eos = FALSE;
}

static void
gst_voice_realtime_mouth_class_init (GstVoiceRealtimeMouthClass * klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstVoiceStageClass *stage_class = GST_VOICE_STAGE_CLASS (klass);

  stage_class->start = start;
  stage_class->stop = stop;
  stage_class->set_caps = set_caps;
  stage_class->input = input;
  stage_class->event = event_in_task;
  stage_class->oob = oob;
  stage_class->interrupt = post_drop;
  stage_class->timer = timer;
  stage_class->drain = drain;
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Realtime mouth",
      "Text/Audio/Filter", "What openairealtime says", "gst-voice");
}

static void
gst_voice_realtime_mouth_init (GstVoiceRealtimeMouth * self)
{
}

/* To be called once, before it starts; the mind outlives it. */
void
realtime_mouth_set_mind (GstVoiceRealtimeMouth * mouth,
    GstVoiceRealtimeMind * mind)
{
  mouth->mind = mind;
}
