/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * In the place of a recogniser: hears what a scene says, when it says it,
 * whatever the sound is.
 *
 * Threads: the scene is written before the pipeline plays; then the stage's
 * task looks at it. Locks: none.
 */
#include "scene-ears.h"

#include <gst-voice/events.h>
#include <string.h>

#define MS GST_MSECOND

typedef struct
{
  gint64 at;                    /* ms */
  guint order;
  TurnInput input;
  gchar *text;
} Event;

struct _SceneEars
{
  GstVoiceStage parent;

  /* before it plays */
  GArray *events;               /* of Event */
  gint64 last_end;              /* of the sounds */
  guint order;
  const SceneEarsFuncs *funcs;
  gpointer data;
  GstElement *turn, *behind;

  guint next;                   /* task: the next event */
};

G_DEFINE_FINAL_TYPE (SceneEars, scene_ears, GST_TYPE_VOICE_STAGE);

static GstStaticPadTemplate any_sink = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);
static GstStaticPadTemplate text_src = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("text/x-raw, format=(string)utf8"));

static GstClockTime
to_time (gint64 core_time)
{
  return core_time < 0 ? GST_CLOCK_TIME_NONE : (GstClockTime) core_time;
}

static void
push_sound (GstVoiceStage * ears, const TurnInput * in)
{
  static const gchar *const names[][2] = {
    [TURN_INPUT_SPEECH_START] = {"speech-start", "onset"},
    [TURN_INPUT_SPEECH_PAUSE] = {"speech-pause", "end"},
    [TURN_INPUT_SPEECH_MORE] = {"speech-more", "onset"},
    [TURN_INPUT_SPEECH_STOP] = {"speech-stop", "end"},
  };

  gst_voice_stage_push_event (ears, GST_VOICE_OOB, gst_voice_structure_new
      (names[in->type][0], names[in->type][1], to_time (in->sound.at), NULL));
}

static void
push_words (GstVoiceStage * ears, const TurnInput * in)
{
  GstBuffer *buffer;
  GstVoiceMeta *meta;

  if (in->type == TURN_INPUT_INTERIM) {
    gst_voice_stage_push_event (ears, GST_VOICE_OOB,
        gst_voice_structure_new ("interim", "text", in->transcript.text,
            "segment", in->transcript.segment,
            "start", to_time (in->transcript.start),
            "end", to_time (in->transcript.end), NULL));
    return;
  }
  buffer = gst_voice_text_buffer_new (in->transcript.text);
  meta = gst_voice_meta_add (buffer);
  meta->segment = in->transcript.segment;
  meta->start = to_time (in->transcript.start);
  meta->end = to_time (in->transcript.end);
  gst_voice_stage_push (ears, buffer);
}

/* What comes from behind `turn`. */
static void
push_up (SceneEars * self, GstStructure * s)
{
  GstPad *pad = gst_element_get_static_pad (self->behind, "sink");
  GstClock *clock = gst_element_get_clock (GST_ELEMENT (self));
  GstVoiceToken *token = gst_voice_token_new (clock);

  gst_pad_push_event (pad, gst_voice_event_new (GST_VOICE_UPSTREAM, token, s));
  gst_voice_token_unref (token);
  gst_object_unref (clock);
  gst_object_unref (pad);
}

static void
push_tool (SceneEars * self, const TurnInput * in)
{
  if (in->type == TURN_INPUT_TOOL_BUSY)
    push_up (self, gst_voice_structure_new ("busy", "by", "tool",
            "id", in->tool_busy.call, "access", in->tool_busy.write ?
            "write" : "read", "turn", 1, "filler", in->tool_busy.filler,
            "filler-after", GST_CLOCK_TIME_NONE, "keys", in->tool_busy.keys,
            NULL));
  else
    push_up (self, gst_voice_structure_new ("idle", "by", "tool",
            "id", in->tool_idle.call, "goes-on", in->tool_idle.goes_on, NULL));
}

static void
push_key (SceneEars * self, gchar key)
{
  gchar digit[] = { key, 0 };

  gst_pad_push_event (gst_voice_stage_src_pad (GST_VOICE_STAGE (self)),
      gst_voice_event_new (GST_VOICE_OOB, NULL,
          gst_voice_structure_new ("dtmf", "digit", digit, NULL)));
}

static void
push_hangup (SceneEars * self, const TurnInput * in)
{
  static const gchar *const by[] = {
    "model", "application", "inactivity", "limit", "budget"
  };

  push_up (self, gst_voice_structure_new ("hangup", "reason", "completed",
          "by", by[in->hangup.by], "now", in->hangup.now, NULL));
}

static void
push_say (SceneEars * self, const TurnInput * in)
{
  static const gchar *const sources[] = {
    "reply", "greeting", "say", "reminder", "filler", "goodbye"
  };

  push_up (self, gst_voice_structure_new ("say", "text", in->say.text,
          "interruptible", in->say.interruptible,
          "source", sources[in->say.source], NULL));
}

static void
push_input (SceneEars * self, const TurnInput * in)
{
  static const gchar *const kinds[] = {
    "open", "yes-no", "digits", "spelling", "email", "name"
  };
  GstVoiceStage *ears = GST_VOICE_STAGE (self);

  switch (in->type) {
    case TURN_INPUT_SPEECH_START:
    case TURN_INPUT_SPEECH_PAUSE:
    case TURN_INPUT_SPEECH_MORE:
    case TURN_INPUT_SPEECH_STOP:
      push_sound (ears, in);
      break;
    case TURN_INPUT_INTERIM:
    case TURN_INPUT_FINAL:
      push_words (ears, in);
      break;
    case TURN_INPUT_END_OF_TURN:
      gst_voice_stage_push_event (ears, GST_VOICE_OOB,
          gst_voice_structure_new ("end-of-turn", NULL));
      break;
    case TURN_INPUT_STT_RESET:
      gst_voice_stage_push_event (ears, GST_VOICE_OOB,
          gst_voice_structure_new ("stt-reset", NULL));
      break;
    case TURN_INPUT_DISCONNECT:
      gst_voice_stage_push_event (ears, GST_VOICE_OOB,
          gst_voice_structure_new ("disconnected", NULL));
      break;
    case TURN_INPUT_EOS:
      gst_voice_stage_drained (ears);
      break;
    case TURN_INPUT_EXPECT:
      push_up (self, gst_voice_structure_new ("expect",
              "kind", kinds[in->expect.kind], "length", in->expect.length,
              NULL));
      break;
    case TURN_INPUT_TOOL_BUSY:
    case TURN_INPUT_TOOL_IDLE:
      push_tool (self, in);
      break;
    case TURN_INPUT_HANGUP:
      push_hangup (self, in);
      break;
    case TURN_INPUT_SAY:
      push_say (self, in);
      break;
    case TURN_INPUT_COMMIT:
      g_signal_emit_by_name (self->turn, "commit", in->commit.force);
      break;
    case TURN_INPUT_CLEAR:
      g_signal_emit_by_name (self->turn, "clear");
      break;
    case TURN_INPUT_INTERRUPT:
      g_signal_emit_by_name (self->turn, "interrupt", in->interrupt.force);
      break;
    case TURN_INPUT_TEXT:
      g_signal_emit_by_name (self->turn, "text", in->line.text);
      break;
    case TURN_INPUT_KEY:
      push_key (self, in->key.key);
      break;
    case TURN_INPUT_CONTEXT_CHANGED:
      gst_voice_session_set_variable (gst_voice_stage_session (ears), NULL,
          "changed", "yes");
      break;
    case TURN_INPUT_NO_REPLY:
      self->funcs->no_reply (self->data, in->no_reply.error);
      break;
    default:
      break;
  }
}

static void
set_next_timer (SceneEars * self)
{

  if (self->next < self->events->len)
    gst_voice_stage_set_timer (GST_VOICE_STAGE (self), 0,
        g_array_index (self->events, Event, self->next).at * MS);
}

static void
ears_timer (GstVoiceStage * stage, guint id)
{
  SceneEars *self = SCENE_EARS (stage);
  gint64 now = gst_voice_stage_now (stage) / MS;

  while (self->next < self->events->len && g_array_index
      (self->events, Event, self->next).at <= now)
    push_input (self, &g_array_index (self->events, Event, self->next++).input);
  set_next_timer (self);
}

static gboolean
ears_set_caps (GstVoiceStage * stage, GstCaps * caps)
{
  SceneEars *self = SCENE_EARS (stage);
  GstCaps *text = gst_static_pad_template_get_caps (&text_src);

  gst_voice_stage_set_src_caps (stage, text);
  gst_caps_unref (text);
  set_next_timer (self);
  if (self->funcs && self->funcs->begun)
    self->funcs->begun (self->data);
  return TRUE;
}

/* Sound only tells how time goes by. */
static GstFlowReturn
ears_input (GstVoiceStage * stage, GstBuffer * buffer)
{
  gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}

static void
ears_finalize (GObject * object)
{
  SceneEars *self = SCENE_EARS (object);

  for (guint i = 0; i < self->events->len; i++)
    g_free (g_array_index (self->events, Event, i).text);
  g_array_unref (self->events);
  G_OBJECT_CLASS (scene_ears_parent_class)->finalize (object);
}

static void
scene_ears_class_init (SceneEarsClass * klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  GstVoiceStageClass *stage_class = GST_VOICE_STAGE_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = ears_finalize;
  stage_class->rank = GST_VOICE_ALARM_SOURCE;
  stage_class->timer = ears_timer;
  stage_class->set_caps = ears_set_caps;
  stage_class->input = ears_input;
  gst_element_class_add_static_pad_template (element_class, &any_sink);
  gst_element_class_add_static_pad_template (element_class, &text_src);
  gst_element_class_set_static_metadata (element_class, "Ears", "Test",
      "Hears what a scene says", "gst-voice");
}

static void
scene_ears_init (SceneEars * self)
{
  self->events = g_array_new (FALSE, TRUE, sizeof (Event));
  self->last_end = -1000;       /* long ago */
}

/* The input's texts are copied; a call's id and filler share one. */
void
scene_ears_input (SceneEars * ears, gint64 at, const TurnInput * input)
{
  Event event = {.at = at,.order = ears->order++,.input = *input };
  TurnInput *in = &event.input;

  switch (in->type) {
    case TURN_INPUT_INTERIM:
    case TURN_INPUT_FINAL:
      in->transcript.text = event.text = g_strdup (in->transcript.text);
      break;
    case TURN_INPUT_SAY:
      in->say.text = event.text = g_strdup (in->say.text);
      break;
    case TURN_INPUT_TEXT:
      in->line.text = event.text = g_strdup (in->line.text);
      break;
    case TURN_INPUT_TOOL_BUSY:
      event.text = g_strdup_printf ("%s%c%s", in->tool_busy.call, 1,
          in->tool_busy.filler ? in->tool_busy.filler : "");
      in->tool_busy.call = event.text;
      in->tool_busy.filler = strchr (event.text, 1) + 1;
      event.text[strlen (event.text) - strlen (in->tool_busy.filler) - 1] = 0;
      break;
    case TURN_INPUT_TOOL_IDLE:
      in->tool_idle.call = event.text = g_strdup (in->tool_idle.call);
      break;
    default:
      break;
  }
  g_array_append_val (ears->events, event);
}

static void
add_sound_event (SceneEars * ears, TurnInputType type, gint64 at, gint64 when)
{
  TurnInput input = {.type = type };

  input.sound.at = TURN_MS (at);
  scene_ears_input (ears, when, &input);
}

/* What `vad` makes of the sound; it comes in the order of time. */
void
scene_ears_sound (SceneEars * ears, gint64 start, gint64 end)
{
  gboolean goes_on = start - ears->last_end < 400;

  /* The stop of the last sound did not come. */
  for (guint i = 0; goes_on && i < ears->events->len; i++) {
    Event *event = &g_array_index (ears->events, Event, i);

    if (event->input.type == TURN_INPUT_SPEECH_STOP
        && event->at == ears->last_end + 400)
      g_array_remove_index (ears->events, i);
  }
  add_sound_event (ears, goes_on ? TURN_INPUT_SPEECH_MORE :
      TURN_INPUT_SPEECH_START, start, start + (goes_on ? 60 : 100));
  if (end >= 0) {
    add_sound_event (ears, TURN_INPUT_SPEECH_PAUSE, end, end + 60);
    add_sound_event (ears, TURN_INPUT_SPEECH_STOP, end, end + 400);
    ears->last_end = end;
  }
}

static gint
by_time (gconstpointer a, gconstpointer b)
{
  const Event *x = a, *y = b;

  return x->at != y->at ? (x->at < y->at ? -1 : 1) :
      x->order < y->order ? -1 : 1;
}

/* When a caller has left EOS follows, behind the last words. */
static void
add_eos (SceneEars * ears)
{
  TurnInput eos = {.type = TURN_INPUT_EOS };
  gboolean left = FALSE;
  gint64 at = 0;

  for (guint i = 0; i < ears->events->len; i++) {
    const Event *event = &g_array_index (ears->events, Event, i);

    if (event->input.type == TURN_INPUT_DISCONNECT)
      left = TRUE;
    if (left && event->input.type >= TURN_INPUT_INTERIM)
      at = event->at;
  }
  if (left)
    scene_ears_input (ears, at, &eos);
}

/* The scene is written: @turn and the element @behind it are what it speaks
 * of. @funcs and what it is called with must outlive the element. */
void
scene_ears_attach (SceneEars * ears, GstElement * turn, GstElement * behind,
    const SceneEarsFuncs * funcs, gpointer data)
{
  ears->turn = turn;
  ears->behind = behind;
  ears->funcs = funcs;
  ears->data = data;
  g_array_sort (ears->events, by_time);
  add_eos (ears);
  g_array_sort (ears->events, by_time);
}

/* Makes "sceneears" known. Made by that name it hears nothing. */
void
scene_ears_register (void)
{
  gst_element_register (NULL, "sceneears", GST_RANK_NONE, SCENE_TYPE_EARS);
}

SceneEars *
scene_ears_new (void)
{
  scene_ears_register ();
  return SCENE_EARS (gst_element_factory_make ("sceneears", NULL));
}
