/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A whole call under simulated time, but for what turns sound into words and
 * words into sound.
 *
 * Threads: the scene is written before the pipeline plays; then the ears look
 * at it in their task, and the clock's thread at the chat.
 * Locks: `lock` guards what is noted meanwhile.
 */
#include "call-scene.h"

#include "llm/chat-line.h"
#include "turn/scene-ears.h"
#include "turn/scene-voice.h"

#include <glib/gstdio.h>
#include <gst-voice/clock.h>
#include <gst-voice/session.h>
#include <string.h>

#define MS GST_MSECOND

struct _TurnScene
{
  CallSettings settings;
  SceneEars *ears;
  GPtrArray *notes;             /* of TurnNote */

  GstElement *pipeline;
  GstClock *clock;
  GstVoiceSession *session;
  gchar *dir, *journal;

  /* lock */
  GMutex lock;
  GCond cond;
  gchar *chat;
  gint64 ended_at;              /* ms, or 0 */
  gboolean over;
};

/* --- the journal ------------------------------------------------------ */

static const gchar *
text_of (JsonObject * line, const gchar * name)
{
  JsonNode *node = json_object_get_member (line, name);

  return node && JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) == G_TYPE_STRING ?
      json_node_get_string (node) : NULL;
}

static gint64
ms_of (JsonObject * line, const gchar * name)
{
  JsonNode *node = json_object_get_member (line, name);

  return node && JSON_NODE_HOLDS_VALUE (node) ?
      (gint64) (json_node_get_double (node) * 1000 + 0.5) : -1;
}

static gboolean
is_true (JsonObject * line, const gchar * name)
{
  return json_object_has_member (line, name)
      && json_object_get_boolean_member (line, name);
}

/* The event as the page names it, and what it puts into brackets. */
static const struct
{
  const gchar *type, *kind, *reason;
} kinds[] = {
  {"turn", "C", "reason"}, {"propose", "p", NULL}, {"withdraw", "w", NULL},
  {"interrupt", "I", "reason"}, {"hold", "h", NULL}, {"resume", "r", NULL},
  {"discard", "d", "reason"}, {"correct", "correct", NULL},
  {"unheard", "U", NULL}, {"say", "say", NULL}, {"hangup", "hangup", "reason"},
  {"hangup-revoked", "revoked", NULL}, {"tool-call", "call", "name"},
  {"tool-result", "result", "outcome"}, {"playing", "plays", NULL},
  {"heard", "heard", NULL}, {"inactivity", "remind", NULL},
  {"session-limit", "limit", "stage"}, {"no-reply", "no-reply", "reason"},
  {"fault", "fault", "code"}, {"skip", "skip", NULL},
};

static TurnNote *
read_line (JsonObject * line)
{
  const gchar *type = text_of (line, "type");
  TurnNote *note = g_new0 (TurnNote, 1);

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    if (strcmp (type, kinds[i].type) != 0)
      continue;
    note->kind = kinds[i].kind;
    note->reason = kinds[i].reason ?
        g_strdup (text_of (line, kinds[i].reason)) : NULL;
  }
  note->at = ms_of (line, "at");
  note->text = g_strdup (text_of (line, "text"));
  note->number = -1;
  if (strcmp (type, "heard") == 0)
    note->number = is_true (line, "complete") ? -2 : ms_of (line, "position");
  else if (strcmp (type, "inactivity") == 0)
    note->number = json_object_get_int_member (line, "reminder");
  else if (strcmp (type, "turn") == 0) {
    note->merged = json_object_get_int_member (line, "merges") > 0;
    note->no_reply = !is_true (line, "reply");
  }
  return note;
}

static void
read_journal (TurnScene * scene, gint64 until)
{
  gchar *text, **lines;
  GError *error = NULL;

  g_file_get_contents (scene->journal, &text, NULL, &error);
  g_assert_no_error (error);
  lines = g_strsplit (text, "\n", -1);
  for (gchar ** l = lines; *l && **l; l++) {
    JsonNode *node = json_from_string (*l, &error);
    TurnNote *note;

    g_assert_no_error (error);
    note = read_line (json_node_get_object (node));
    if (note->kind && note->at >= 0 && note->at <= until)
      g_ptr_array_add (scene->notes, note);
    else
      turn_note_free (note);
    json_node_unref (node);
  }
  g_strfreev (lines);
  g_free (text);
}

/* EOS has come to the end of the line. */
static void
add_end (TurnScene * scene)
{
  TurnNote *note = g_new0 (TurnNote, 1);

  note->kind = "ended";
  note->at = scene->ended_at;
  note->number = -1;
  g_ptr_array_add (scene->notes, note);
}

/* --- the call --------------------------------------------------------- */

static void
set_all (GstElement * pipeline, const gchar * settings)
{
  gchar **all = g_strsplit (settings ? settings : "", "; ", -1);

  for (gchar ** one = all; *one && **one; one++) {
    gchar *name = *one, *property = strchr (name, '.'), *value;
    GstElement *element;

    g_assert_nonnull (property);
    *property++ = '\0';
    value = strchr (property, '=');
    g_assert_nonnull (value);
    *value++ = '\0';
    element = gst_bin_get_by_name (GST_BIN (pipeline), name);
    g_assert_nonnull (element);
    g_strdelimit (value, "'", '"');
    gst_util_set_object_arg (G_OBJECT (element), property, value);
    gst_object_unref (element);
  }
  g_strfreev (all);
}

static void
set_json (GstElement * element, const gchar * property, const gchar * text)
{
  gchar *json = text ? g_strdelimit (g_strdup (text), "'", '"') : NULL;

  g_object_set (element, property, json, NULL);
  g_free (json);
}

static GstElement *
add (TurnScene * scene, GstElement ** last, const gchar * factory,
    const gchar * name, GstElement * element)
{
  if (!element)
    element = gst_element_factory_make (factory, name);
  g_assert_nonnull (element);
  gst_bin_add (GST_BIN (scene->pipeline), element);
  if (*last)
    g_assert_true (gst_element_link (*last, element));
  *last = element;
  return element;
}

static void
build (TurnScene * scene)
{
  GstElement *last = NULL, *turn, *llm, *tools, *sink;

  scene->pipeline = gst_pipeline_new (NULL);
  g_object_set_data (G_OBJECT (scene->pipeline), "scene", scene);
  add (scene, &last, "callersrc", NULL, NULL);
  add (scene, &last, "inactivity", "inactivity", NULL);
  add (scene, &last, NULL, NULL, GST_ELEMENT (scene->ears));
  turn = add (scene, &last, "turn", "turn", NULL);
  llm = add (scene, &last, "scriptllm", "llm", NULL);
  tools = add (scene, &last, "toolcall", "tools", NULL);
  add (scene, &last, "sessionlimit", "limit", NULL);
  add (scene, &last, "speakable", "speakable", NULL);
  add (scene, &last, NULL, NULL, scene_voice_new (NULL));
  add (scene, &last, "playout", "playout", NULL);
  sink = add (scene, &last, "fakesink", NULL, NULL);
  g_object_set (sink, "async", FALSE, "enable-last-sample", FALSE, NULL);
  set_json (llm, "script-text", scene->settings.script);
  set_json (tools, "tools", scene->settings.tools);
  set_all (scene->pipeline, scene->settings.settings);
  scene_ears_attach (scene->ears, turn, llm, NULL, scene);
}

static void
open_session (TurnScene * scene)
{
  GError *error = NULL;
  GstContext *context;

  scene->dir = g_dir_make_tmp ("call-XXXXXX", &error);
  g_assert_no_error (error);
  scene->journal = g_build_filename (scene->dir, "journal.jsonl", NULL);
  scene->session = gst_voice_session_new ("call");
  gst_voice_session_open_journal (scene->session, scene->journal, &error);
  g_assert_no_error (error);
  context = gst_voice_session_to_context (scene->session);
  gst_element_set_context (scene->pipeline, context);
  gst_context_unref (context);
}

static void
look_at_chat (gpointer pipeline)
{
  TurnScene *scene = g_object_get_data (pipeline, "scene");
  gchar *chat = chat_line (gst_voice_session_chat (scene->session));

  g_mutex_lock (&scene->lock);
  if (scene->chat)
    g_free (chat);
  else
    scene->chat = chat;
  g_mutex_unlock (&scene->lock);
}

static void
make_change (gpointer pipeline)
{
  TurnScene *scene = g_object_get_data (pipeline, "scene");

  set_all (scene->pipeline, scene->settings.change);
}

static void
end_call (gpointer pipeline)
{
  TurnScene *scene = g_object_get_data (pipeline, "scene");

  look_at_chat (pipeline);
  g_mutex_lock (&scene->lock);
  scene->over = TRUE;
  g_cond_signal (&scene->cond);
  g_mutex_unlock (&scene->lock);
}

static GstBusSyncReply
on_message (GstBus * bus, GstMessage * message, gpointer data)
{
  TurnScene *scene = data;
  GError *error;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    gst_message_parse_error (message, &error, NULL);
    g_error ("%s: %s", GST_MESSAGE_SRC_NAME (message), error->message);
  }
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS
      && GST_MESSAGE_SRC (message) == GST_OBJECT (scene->pipeline)) {
    scene->ended_at = (gst_clock_get_time (scene->clock) -
        gst_element_get_base_time (scene->pipeline)) / MS;
    end_call (scene->pipeline);
  }
  gst_message_unref (message);
  return GST_BUS_DROP;
}

static void
play (TurnScene * scene, gint64 until)
{
  struct
  {
    gint64 at;
    GstVoiceAlarmFunc func;
    GstVoiceAlarm *alarm;
  } alarms[] = {
    {scene->settings.look_at, look_at_chat},
    {scene->settings.change_at, make_change},
    {until, end_call},
  };

  for (guint i = 0; i < G_N_ELEMENTS (alarms); i++) {
    alarms[i].alarm = gst_voice_alarm_new (GST_VOICE_ALARM_DEADLINE,
        alarms[i].func, scene->pipeline);
    if (alarms[i].at > 0)
      gst_voice_alarm_set_running (alarms[i].alarm, scene->pipeline,
          alarms[i].at * MS);
  }
  gst_voice_clock_start (GST_VOICE_CLOCK (scene->clock));
  g_mutex_lock (&scene->lock);
  while (!scene->over)
    g_cond_wait (&scene->cond, &scene->lock);
  g_mutex_unlock (&scene->lock);
  for (guint i = 0; i < G_N_ELEMENTS (alarms); i++)
    gst_voice_alarm_free (alarms[i].alarm);
}

/* As that of turn-scene.c; it ends earlier if the call does. */
GPtrArray *
turn_scene_run (TurnScene * scene, gint64 until)
{
  GstBus *bus;

  build (scene);
  open_session (scene);
  bus = gst_element_get_bus (scene->pipeline);
  gst_bus_set_sync_handler (bus, on_message, scene, NULL);
  scene->clock = gst_voice_clock_new ();
  gst_pipeline_use_clock (GST_PIPELINE (scene->pipeline), scene->clock);
  gst_element_set_state (scene->pipeline, GST_STATE_PLAYING);
  play (scene, until);
  gst_element_set_state (scene->pipeline, GST_STATE_NULL);
  gst_bus_set_sync_handler (bus, NULL, NULL, NULL);
  gst_object_unref (bus);
  gst_object_unref (scene->clock);
  gst_object_unref (scene->pipeline);
  g_object_unref (scene->session);
  read_journal (scene, until);
  if (scene->ended_at > 0)
    add_end (scene);
  return scene->notes;
}

/* --- what is written of it -------------------------------------------- */

void
turn_note_free (TurnNote * note)
{
  g_free (note->reason);
  g_free (note->text);
  g_free (note);
}

TurnScene *
turn_scene_new (const TurnConfig * config, TurnWords * words, gboolean early)
{
  TurnScene *scene = g_new0 (TurnScene, 1);

  scene->ears = gst_object_ref_sink (scene_ears_new ());
  scene->notes = g_ptr_array_new_with_free_func ((GDestroyNotify)
      turn_note_free);
  g_mutex_init (&scene->lock);
  g_cond_init (&scene->cond);
  return scene;
}

void
turn_scene_free (TurnScene * scene)
{
  gst_object_unref (scene->ears);
  g_ptr_array_unref (scene->notes);
  g_unlink (scene->journal);
  g_rmdir (scene->dir);
  g_free (scene->journal);
  g_free (scene->dir);
  g_free (scene->chat);
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
  g_error ("in a call the script says what is said");
}

void
turn_scene_jump (TurnScene * scene, gint64 start, gint64 end)
{
  g_error ("simulated time does not jump");
}

void
call_scene_configure (TurnScene * scene, const CallSettings * settings)
{
  scene->settings = *settings;
}

const gchar *
call_scene_chat (TurnScene * scene)
{
  return scene->chat;
}
