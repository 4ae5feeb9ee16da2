/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A call of `turn` and `playout` under simulated time, in the place of the
 * core and of the model of `playout`: at one end something that hears what the
 * scene says, at the other a model and a synthesiser that answer when it says.
 *
 * Threads: the scene is written before the pipeline plays; then ears, model and
 * synthesiser look at it in their tasks. Locks: `lock` guards the notes.
 */
#include "scene-ears.h"
#include "scene-voice.h"
#include "turn-scene.h"

#include <gst-voice/clock.h>
#include <gst-voice/events.h>
#include <gst-voice/llm.h>
#include <string.h>

#define MS GST_MSECOND
#define SAY_LENGTH 1000

typedef struct
{
  gint64 start, length;         /* ms; length < 0: it never plays */
  TurnSource source;
  gboolean interruptible, over;
} Speech;

struct _TurnScene
{
  TurnConfig config;
  SceneEars *ears;
  GPtrArray *speeches;          /* of Speech */
  gboolean early;
  gint64 until;

  GstElement *pipeline, *turn, *model;
  GstClock *clock;

  /* lock */
  GMutex lock;
  GCond cond;
  GPtrArray *notes;             /* of TurnNote */
  gboolean over;
};

/* --- notes ------------------------------------------------------------ */

void
turn_note_free (TurnNote * note)
{
  g_free (note->reason);
  g_free (note->text);
  g_free (note);
}

static void
add_note (TurnScene * scene, const gchar * kind, const GstStructure * s,
    gint64 number)
{
  TurnNote *note = g_new0 (TurnNote, 1);

  note->kind = kind;
  note->at = (gst_clock_get_time (scene->clock)
      - gst_element_get_base_time (scene->pipeline)) / MS;
  note->number = number;
  if (s && gst_structure_has_field (s, "reason"))
    note->reason = g_strdup (gst_voice_structure_string (s, "reason"));
  if (s && gst_structure_has_field (s, "text"))
    note->text = g_strdup (gst_voice_structure_string (s, "text"));
  if (strcmp (kind, "C") == 0) {
    note->merged = gst_voice_structure_uint (s, "merges") != 0;
    note->no_reply = !gst_voice_structure_boolean (s, "reply");
  }
  g_mutex_lock (&scene->lock);
  if (!scene->over && note->at <= scene->until)
    g_ptr_array_add (scene->notes, note);
  else
    turn_note_free (note);
  g_mutex_unlock (&scene->lock);
}

/* All the words may be heard before the last sample is. */
static gboolean
was_interrupted (TurnScene * scene)
{
  gboolean yes;

  g_mutex_lock (&scene->lock);
  yes = scene->notes->len > 0 && strcmp (((TurnNote *)
          scene->notes->pdata[scene->notes->len - 1])->kind, "I") == 0;
  g_mutex_unlock (&scene->lock);
  return yes;
}

static void
note_message (TurnScene * scene, const GstStructure * s, gboolean by_turn)
{
  static const gchar *const kinds[][2] = {
    {"turn", "C"}, {"propose", "p"}, {"withdraw", "w"}, {"interrupt", "I"},
    {"hold", "h"}, {"resume", "r"}, {"skip", "skip"}, {"discard", "d"},
    {"correct", "correct"},
    {"unheard", "U"}, {"say", "say"}, {"hangup", "hangup"},
    {"hangup-revoked", "revoked"},
  };
  const gchar *name = gst_structure_get_name (s) + strlen ("voice/");

  for (guint i = 0; by_turn && i < G_N_ELEMENTS (kinds); i++) {
    if (strcmp (name, kinds[i][0]) == 0)
      add_note (scene, kinds[i][1], s, -1);
  }
  if (strcmp (name, "heard") == 0)
    add_note (scene, "heard", NULL, gst_voice_structure_boolean (s,
            "complete") && !was_interrupted (scene) ? -2 :
        (gint64) (gst_voice_structure_time (s, "position") / MS));
}

static GstBusSyncReply
on_message (GstBus * bus, GstMessage * message, gpointer data)
{
  TurnScene *scene = data;
  const GstStructure *s = gst_message_get_structure (message);

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ELEMENT && s
      && g_str_has_prefix (gst_structure_get_name (s), "voice/"))
    note_message (scene, s, GST_MESSAGE_SRC (message) ==
        GST_OBJECT (scene->turn));
  else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    g_error ("%" GST_PTR_FORMAT, s);
  gst_message_unref (message);
  return GST_BUS_DROP;
}

static GstPadProbeReturn
above_turn (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  const GstStructure *s = gst_voice_event_parse (event);
  gboolean busy;

  if (!s || strcmp (gst_voice_structure_string (s, "by"), "turn") != 0)
    return GST_PAD_PROBE_OK;
  busy = gst_voice_event_is (event, "busy");
  if (busy || gst_voice_event_is (event, "idle"))
    add_note (data, busy ? "busy" : "idle", NULL,
        gst_voice_structure_time (s, "since") / MS);
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
below_turn (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_EOS)
    add_note (data, "ended", NULL, -1);
  return GST_PAD_PROBE_OK;
}

static GstStaticPadTemplate text_sink = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("text/x-raw, format=(string)utf8"));
static GstStaticPadTemplate text_src = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("text/x-raw, format=(string)utf8"));
/* --- the model -------------------------------------------------------- */

typedef struct
{
  GstVoiceLlm parent;
  TurnScene *scene;
  guint request;                /* that waits for its answer, or 0 */
} SceneModel;

typedef GstVoiceLlmClass SceneModelClass;

static GType scene_model_get_type (void);
G_DEFINE_TYPE (SceneModel, scene_model, GST_TYPE_VOICE_LLM);

static void
model_fails (GstVoiceStage * stage, gpointer data)
{
  SceneModel *self = (SceneModel *) stage;

  if (self->request)
    gst_voice_llm_fail (GST_VOICE_LLM (self), self->request,
        g_error_new_literal (GST_VOICE_ERROR, GST_VOICE_ERROR_SERVER,
            "It does not answer"));
  self->request = 0;
}

static void
model_says_nothing (GstVoiceStage * stage, gpointer data)
{
  SceneModel *self = (SceneModel *) stage;

  if (self->request)
    gst_voice_llm_done (GST_VOICE_LLM (self), self->request, "scene", 0, 0, 0,
        0);
  self->request = 0;
}

/* Its first word says how long it takes, in ms; -1: it never plays. */
static gchar *
text_of (const Speech * speech)
{
  GString *text = g_string_new (NULL);

  g_string_printf (text, "%d", (gint) speech->length);
  for (guint i = 1; i < scene_voice_words (speech->length); i++)
    g_string_append (text, " word");
  return g_string_free (text, FALSE);
}

static Speech *
next_speech (TurnScene * scene)
{
  for (guint i = 0; i < scene->speeches->len; i++) {
    Speech *speech = g_ptr_array_index (scene->speeches, i);

    if (!speech->over)
      return speech;
  }
  return NULL;
}

static void
model_arm (SceneModel * self)
{
  Speech *speech = next_speech (self->scene);

  if (speech)
    gst_voice_stage_set_timer (GST_VOICE_STAGE (self), 0, speech->start * MS);
}

/* Text that lasts as long as the speech; nothing for one that never plays. */
static void
model_answer (SceneModel * self, Speech * speech)
{
  GstVoiceLlm *llm = GST_VOICE_LLM (self);
  gchar *text = text_of (speech);

  if (!speech->interruptible)
    gst_voice_llm_set_uninterruptible (llm, self->request);
  gst_voice_llm_token (llm, self->request, text);
  gst_voice_llm_done (llm, self->request, "scene", 0, 0, 0, 0);
  self->request = 0;
  g_free (text);
}

/* Without a turn somebody else lets it say something. */
static void
model_say (SceneModel * self, Speech * speech)
{
  gchar *text = text_of (speech);

  gst_voice_stage_push_event (GST_VOICE_STAGE (self), GST_VOICE_ORDERED,
      gst_voice_structure_new ("say", "text", text,
          "interruptible", speech->interruptible,
          "source", speech->source == TURN_SOURCE_GREETING ? "greeting" : "say",
          "generation", gst_voice_stage_generation (GST_VOICE_STAGE (self)),
          NULL));
  g_free (text);
}

static void
speak_if_due (GstVoiceStage * stage, gpointer data)
{
  SceneModel *self = (SceneModel *) stage;
  TurnScene *scene = self->scene;
  GstClockTime now = gst_voice_stage_now (stage);
  Speech *speech;

  while ((speech = next_speech (scene)) && speech->start * MS <= now) {
    speech->over = TRUE;
    if (self->request)
      model_answer (self, speech);
    else if (gst_voice_stage_generation (stage) == 0)
      model_say (self, speech);
  }
  model_arm (self);
}

static void
model_timer (GstVoiceStage * stage, guint id)
{
  speak_if_due (stage, NULL);
}

static void
model_request (GstVoiceLlm * llm, const GstVoiceLlmRequest * request)
{
  SceneModel *self = (SceneModel *) llm;
  Speech *speech = next_speech (self->scene);

  self->request = request->id;
  if (speech && self->scene->early
      && gst_voice_stage_now (GST_VOICE_STAGE (llm)) < speech->start * MS) {
    /* The announcement; what is said comes when the scene says so. */
    if (!speech->interruptible)
      gst_voice_llm_set_uninterruptible (llm, self->request);
    gst_voice_llm_token (llm, self->request, " ");
  }
}

static void
model_cancel (GstVoiceLlm * llm, guint id)
{
  SceneModel *self = (SceneModel *) llm;

  if (self->request == id)
    self->request = 0;
}

static void
scene_model_class_init (SceneModelClass * klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstVoiceStageClass *stage_class = GST_VOICE_STAGE_CLASS (klass);

  stage_class->timer = model_timer;
  klass->request = model_request;
  klass->cancel = model_cancel;
  gst_element_class_add_static_pad_template (element_class, &text_sink);
  gst_element_class_add_static_pad_template (element_class, &text_src);
  gst_element_class_set_static_metadata (element_class, "Model", "Test",
      "Answers when a scene says so", "gst-voice");
}

static void
scene_model_init (SceneModel * self)
{
}

/* --- the scene -------------------------------------------------------- */

static gint64
length_of (const gchar * text)
{
  if (*text == '-')             /* it stalls */
    return -1;
  if (*text == ' ')             /* nothing but an announcement */
    return 0;
  return g_ascii_isdigit (*text) ? g_ascii_strtoll (text, NULL, 10) :
      SAY_LENGTH;
}

static void
model_has_no_reply (gpointer data, gboolean error)
{
  TurnScene *scene = data;

  gst_voice_stage_post (GST_VOICE_STAGE (scene->model), error ? model_fails :
      model_says_nothing, NULL, NULL);
}

static void
begin_model (gpointer data)
{
  TurnScene *scene = data;

  gst_voice_stage_post (GST_VOICE_STAGE (scene->model), speak_if_due, NULL,
      NULL);
}

static const SceneEarsFuncs ears_funcs = { begin_model, model_has_no_reply };

TurnScene *
turn_scene_new (const TurnConfig * config, TurnWords * words, gboolean early)
{
  TurnScene *scene = g_new0 (TurnScene, 1);

  scene->config = *config;
  scene->ears = gst_object_ref_sink (scene_ears_new ());
  scene->speeches = g_ptr_array_new_with_free_func (g_free);
  scene->notes = g_ptr_array_new_with_free_func ((GDestroyNotify)
      turn_note_free);
  scene->early = early;
  g_mutex_init (&scene->lock);
  g_cond_init (&scene->cond);
  return scene;
}

void
turn_scene_free (TurnScene * scene)
{
  gst_object_unref (scene->ears);
  g_ptr_array_unref (scene->speeches);
  g_ptr_array_unref (scene->notes);
  g_mutex_clear (&scene->lock);
  g_cond_clear (&scene->cond);
  g_free (scene);
}

void
turn_scene_input (TurnScene * scene, gint64 at, const TurnInput * input)
{
  scene_ears_input (scene->ears, at, input);
}

void
turn_scene_sound (TurnScene * scene, gint64 start, gint64 end)
{
  scene_ears_sound (scene->ears, start, end);
}

void
turn_scene_speech (TurnScene * scene, gint64 start, gint64 end,
    TurnSource source, gboolean interruptible)
{
  Speech *speech = g_new0 (Speech, 1);

  speech->start = start;
  speech->length = end < 0 ? -1 : end - start;
  speech->source = source;
  speech->interruptible = interruptible;
  g_ptr_array_add (scene->speeches, speech);
}

void
turn_scene_jump (TurnScene * scene, gint64 start, gint64 end)
{
  g_assert_not_reached ();
}

static void
probe (GstElement * element, const gchar * name, GstPadProbeType type,
    GstPadProbeCallback callback, TurnScene * scene)
{
  GstPad *pad = gst_element_get_static_pad (element, name);

  gst_pad_add_probe (pad, type, callback, scene, NULL);
  gst_object_unref (pad);
}

static void
configure (TurnScene * scene)
{
  static const gchar *const modes[] = { "vad", "stt", "manual" };

  gst_util_set_object_arg (G_OBJECT (scene->turn), "mode",
      modes[scene->config.mode]);
  if (scene->config.interrupt_on == TURN_INTERRUPT_ON_SPEECH)
    gst_util_set_object_arg (G_OBJECT (scene->turn), "interrupt-on", "speech");
  if (scene->config.hold_after < 0)
    g_object_set (scene->turn, "hold-after", -1, NULL);
  g_object_set (scene->turn, "min-words", scene->config.min_words, NULL);
}

/* They report by the name of their factory. */
static gpointer
make (const gchar * name, GType type)
{
  gst_element_register (NULL, name, GST_RANK_NONE, type);
  return gst_element_factory_make (name, NULL);
}

static GstPad *
build (TurnScene * scene)
{
  GstElement *ears = GST_ELEMENT (scene->ears);
  SceneModel *model = make ("scenemodel", scene_model_get_type ());
  GstElement *voice = scene_voice_new (length_of);
  GstElement *playout = gst_element_factory_make ("playout", NULL);
  GstElement *sink = gst_element_factory_make_full ("fakesink", "sync", FALSE,
      "async", FALSE, "enable-last-sample", FALSE, NULL);
  GstPad *pad = gst_pad_new ("src", GST_PAD_SRC);

  model->scene = scene;
  scene->pipeline = gst_pipeline_new (NULL);
  g_object_set_data (G_OBJECT (scene->pipeline), "scene", scene);
  gst_util_set_object_arg (G_OBJECT (playout), "fill", "gap");
  scene->turn = gst_element_factory_make ("turn", NULL);
  scene->model = GST_ELEMENT (model);
  /* The rows know nothing of what a model says of itself. */
  g_object_set (model, "apology", "", "unheard-message", "", NULL);
  configure (scene);
  scene_ears_attach (scene->ears, scene->turn, scene->model, &ears_funcs,
      scene);
  gst_bin_add_many (GST_BIN (scene->pipeline), ears, scene->turn,
      scene->model, voice, playout, sink, NULL);
  g_assert_true (gst_element_link_many (ears, scene->turn,
          scene->model, voice, playout, sink, NULL));
  gst_pad_link (pad, gst_voice_stage_sink_pad (GST_VOICE_STAGE (ears)));
  probe (scene->turn, "sink", GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, above_turn,
      scene);
  probe (scene->turn, "src", GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, below_turn,
      scene);
  return pad;
}

static void
open_stream (GstPad * pad)
{
  GstCaps *caps = gst_caps_from_string ("audio/x-raw,format=S16LE,rate=16000,"
      "channels=1,layout=interleaved");
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_set_active (pad, TRUE);
  gst_pad_push_event (pad, gst_event_new_stream_start ("scene"));
  gst_pad_push_event (pad, gst_event_new_caps (caps));
  gst_pad_push_event (pad, gst_event_new_segment (&segment));
  gst_caps_unref (caps);
}

static void
end_scene (gpointer pipeline)
{
  TurnScene *scene = g_object_get_data (pipeline, "scene");

  g_mutex_lock (&scene->lock);
  scene->over = TRUE;
  g_cond_signal (&scene->cond);
  g_mutex_unlock (&scene->lock);
}

/* As that of turn-scene.c. */
GPtrArray *
turn_scene_run (TurnScene * scene, gint64 until)
{
  GstPad *pad = build (scene);
  GstBus *bus = gst_element_get_bus (scene->pipeline);
  GstVoiceAlarm *alarm = gst_voice_alarm_new (GST_VOICE_ALARM_DEADLINE,
      end_scene, scene->pipeline);

  scene->until = until;
  gst_bus_set_sync_handler (bus, on_message, scene, NULL);
  scene->clock = gst_voice_clock_new ();
  gst_pipeline_use_clock (GST_PIPELINE (scene->pipeline), scene->clock);
  gst_element_set_state (scene->pipeline, GST_STATE_PLAYING);
  open_stream (pad);
  gst_voice_alarm_set_running (alarm, scene->pipeline, until * MS);
  gst_voice_clock_start (GST_VOICE_CLOCK (scene->clock));
  g_mutex_lock (&scene->lock);
  while (!scene->over)
    g_cond_wait (&scene->cond, &scene->lock);
  g_mutex_unlock (&scene->lock);
  gst_voice_alarm_free (alarm);
  gst_pad_set_active (pad, FALSE);
  gst_element_set_state (scene->pipeline, GST_STATE_NULL);
  gst_bus_set_sync_handler (bus, NULL, NULL, NULL);
  gst_object_unref (pad);
  gst_object_unref (bus);
  gst_object_unref (scene->clock);
  gst_object_unref (scene->pipeline);
  return scene->notes;
}
