/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `toolcall` between a model and a mouth, on a test clock or in simulated time.
 *
 * Threads: upstream events come in any; alarms of a scenario in the clock's.
 * Locks: `lock` guards what was seen.
 */
#include "tool-fixture.h"

#include <gst-voice/json.h>
#include <glib/gstdio.h>
#include <string.h>

static GstStaticPadTemplate model_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);
static GstStaticPadTemplate mouth_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

static gchar *
with_quotes (Fixture * f, const gchar * text)
{
  GString *json = g_string_new (text);
  gchar *url;

  g_string_replace (json, "'", "\"", 0);
  if (f && f->peer) {
    url = http_peer_url (f->peer, "");
    g_string_replace (json, "PEER", url, 0);
    g_string_replace (json, "HOST", url + strlen ("http://"), 0);
    g_free (url);
  }
  return g_string_free (json, FALSE);
}

static gint
in_ms (GstClockTime time)
{
  return GST_CLOCK_TIME_IS_VALID (time) ? (gint) (time / MS) : -1;
}

static void
describe (GString * out, GstEvent * event, const GstStructure * s)
{
  const gchar *id = gst_voice_structure_string (s, "id");

  if (gst_voice_event_is (event, "busy"))
    g_string_append_printf (out, "busy %s %s \"%s\" %d%s\n", id,
        gst_voice_structure_string (s, "access"),
        gst_voice_structure_string (s, "filler"),
        in_ms (gst_voice_structure_time (s, "filler-after")),
        gst_voice_structure_boolean (s, "keys") ? " keys" : "");
  else if (gst_voice_event_is (event, "idle"))
    g_string_append_printf (out, "idle %s%s\n", id,
        gst_voice_structure_boolean (s, "goes-on") ? " goes-on" : "");
  else if (gst_voice_event_is (event, "tool-result"))
    g_string_append_printf (out, "result %s %s %s%s\n", id,
        gst_voice_structure_string (s, "outcome"),
        gst_voice_structure_string (s, "json"),
        gst_voice_structure_boolean (s, "last") ? " last" : "");
  else if (gst_voice_event_is (event, "say"))
    g_string_append_printf (out, "say %s \"%s\"\n",
        gst_voice_structure_string (s, "source"),
        gst_voice_structure_string (s, "text"));
  else if (gst_voice_event_is (event, "hangup"))
    g_string_append_printf (out, "hangup %s%s\n",
        gst_voice_structure_string (s, "reason"),
        gst_voice_structure_boolean (s, "now") ? " now" : "");
  else
    g_string_append_printf (out, "%s\n", gst_structure_get_name (s));
}

static gboolean
model_event (GstPad * pad, GstObject * parent, GstEvent * event)
{
  Fixture *f = gst_pad_get_element_private (pad);
  const GstStructure *s = gst_voice_event_parse (event);

  if (s) {
    g_mutex_lock (&f->lock);
    if (f->simulated)
      g_string_append_printf (f->up, "%d ",
          in_ms (gst_element_get_current_running_time (f->element)));
    describe (f->up, event, s);
    f->lines++;
    g_cond_broadcast (&f->cond);
    g_mutex_unlock (&f->lock);
  }
  gst_event_unref (event);
  return TRUE;
}

static gboolean
model_query (GstPad * pad, GstObject * parent, GstQuery * query)
{
  Fixture *f = gst_pad_get_element_private (pad);

  return gst_voice_query_is (query, "arbiter") ? f->arbiter :
      gst_pad_query_default (pad, parent, query);
}

static GstFlowReturn
mouth_chain (GstPad * pad, GstObject * parent, GstBuffer * buffer)
{
  Fixture *f = gst_pad_get_element_private (pad);
  GstMapInfo map;

  gst_buffer_map (buffer, &map, GST_MAP_READ);
  g_mutex_lock (&f->lock);
  g_string_append_len (f->down, (gchar *) map.data, map.size);
  g_string_append_c (f->down, '\n');
  g_mutex_unlock (&f->lock);
  gst_buffer_unmap (buffer, &map);
  gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}

static gboolean
mouth_event (GstPad * pad, GstObject * parent, GstEvent * event)
{
  Fixture *f = gst_pad_get_element_private (pad);
  const GstStructure *s = gst_voice_event_parse (event);

  if (s || GST_EVENT_TYPE (event) == GST_EVENT_EOS) {
    g_mutex_lock (&f->lock);
    g_string_append_printf (f->down, "%s%s%s\n",
        s ? gst_structure_get_name (s) : "EOS",
        s && gst_voice_event_is (event, "send-dtmf") ? " " : "",
        s ? gst_voice_structure_string (s, "digits") : "");
    g_mutex_unlock (&f->lock);
  }
  gst_event_unref (event);
  return TRUE;
}

static GstPad *
add_pad (Fixture * f, GstStaticPadTemplate * template, const gchar * peer)
{
  GstPad *pad = gst_pad_new_from_static_template (template, peer);
  GstPad *other = gst_element_get_static_pad (f->element, peer);

  gst_pad_set_element_private (pad, f);
  if (GST_PAD_IS_SRC (pad)) {
    gst_pad_set_event_function (pad, model_event);
    gst_pad_set_query_function (pad, model_query);
    g_assert_cmpint (gst_pad_link (pad, other), ==, GST_PAD_LINK_OK);
  } else {
    gst_pad_set_chain_function (pad, mouth_chain);
    gst_pad_set_event_function (pad, mouth_event);
    g_assert_cmpint (gst_pad_link (other, pad), ==, GST_PAD_LINK_OK);
  }
  gst_object_unref (other);
  gst_pad_set_active (pad, TRUE);
  return pad;
}

static void
set_settings (Fixture * f, const gchar * settings)
{
  gchar **pairs = g_strsplit (settings ? settings : "", "; ", -1);

  for (guint i = 0; pairs[i]; i++) {
    gchar **pair = g_strsplit (pairs[i], "=", 2);

    if (pair[0])
      gst_util_set_object_arg (G_OBJECT (f->element), pair[0], pair[1]);
    g_strfreev (pair);
  }
  g_strfreev (pairs);
}

static void
give_session (Fixture * f)
{
  GstContext *context;

  f->dir = g_dir_make_tmp ("toolcall-XXXXXX", NULL);
  f->journal = g_build_filename (f->dir, "journal.jsonl", NULL);
  f->session = gst_voice_session_new ("call-1");
  g_assert_true (gst_voice_session_open_journal (f->session, f->journal, NULL));
  context = gst_voice_session_to_context (f->session);
  gst_element_set_context (f->element, context);
  gst_context_unref (context);
}

void
set_up (Fixture * f, const gchar * tools, const gchar * settings)
{
  GstSegment segment;
  GstCaps *caps;
  gchar *json;

  g_mutex_init (&f->lock);
  g_cond_init (&f->cond);
  f->up = g_string_new (NULL);
  f->down = g_string_new (NULL);
  if (f->script) {
    json = g_strdelimit (g_strdup (f->script), "'", '"');
    f->peer = http_peer_new (json, NULL, 0, NULL);
    g_free (json);
  }
  f->element = gst_object_ref_sink (gst_element_factory_make ("toolcall",
          NULL));
  json = tools ? with_quotes (f, tools) : NULL;
  g_object_set (f->element, "tools", json, NULL);
  g_free (json);
  set_settings (f, settings);
  f->bus = gst_bus_new ();
  gst_element_set_bus (f->element, f->bus);
  f->model = add_pad (f, &model_template, "sink");
  f->mouth = add_pad (f, &mouth_template, "src");
  f->clock = f->simulated ? gst_voice_clock_new () : gst_test_clock_new ();
  gst_element_set_clock (f->element, f->clock);
  gst_element_set_base_time (f->element, 0);
  give_session (f);
  g_assert_cmpint (gst_element_set_state (f->element, GST_STATE_PLAYING), ==,
      GST_STATE_CHANGE_SUCCESS);
  gst_pad_push_event (f->model, gst_event_new_stream_start ("test"));
  caps = gst_caps_from_string ("text/x-raw,format=utf8");
  gst_pad_push_event (f->model, gst_event_new_caps (caps));
  gst_caps_unref (caps);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (f->model, gst_event_new_segment (&segment));
}

static void
drop_pad (Fixture * f, GstPad ** pad, const gchar * peer)
{
  GstPad *other = gst_element_get_static_pad (f->element, peer);

  gst_pad_set_active (*pad, FALSE);
  if (GST_PAD_IS_SRC (*pad))
    gst_pad_unlink (*pad, other);
  else
    gst_pad_unlink (other, *pad);
  gst_object_unref (other);
  gst_clear_object (pad);
}

void
stop (Fixture * f)
{
  gst_element_set_state (f->element, GST_STATE_NULL);
  drop_pad (f, &f->model, "sink");
  drop_pad (f, &f->mouth, "src");
  gst_element_set_clock (f->element, NULL);
  gst_element_set_bus (f->element, NULL);
  gst_clear_object (&f->element);
  gst_clear_object (&f->clock);
  gst_clear_object (&f->bus);
}

/* Nothing was forgotten, and whatever goes on has come to its end. */
void
tear_down (Fixture * f)
{
  if (f->element)
    stop (f);
  g_assert_cmpstr (f->up->str, ==, "");
  g_object_unref (f->session);
  if (f->peer)
    http_peer_free (f->peer);
  g_unlink (f->journal);
  g_rmdir (f->dir);
  g_free (f->journal);
  g_free (f->dir);
  g_string_free (f->up, TRUE);
  g_string_free (f->down, TRUE);
  g_mutex_clear (&f->lock);
  g_cond_clear (&f->cond);
}

void
send (Fixture * f, GstVoiceCarrier carrier, GstStructure * s)
{
  gst_pad_push_event (f->model, gst_voice_event_new (carrier, NULL, s));
}

static void
send_call (Fixture * f, guint turn, guint step, guint calls, gboolean proposed,
    const gchar * id, const gchar * name, const gchar * arguments)
{
  gchar *json = with_quotes (f, arguments);

  send (f, GST_VOICE_ORDERED, gst_voice_structure_new ("tool-call", "id", id,
          "name", name, "arguments", json, "turn", turn, "speech", turn,
          "step", step, "calls", calls, "proposed", proposed,
          "generation", gst_voice_session_generation (f->session), NULL));
  g_free (json);
}

void
call_of (Fixture * f, guint turn, guint step, guint calls, const gchar * id,
    const gchar * name, const gchar * arguments)
{
  send_call (f, turn, step, calls, FALSE, id, name, arguments);
}

void
call (Fixture * f, const gchar * id, const gchar * name,
    const gchar * arguments)
{
  send_call (f, 1, 1, 1, FALSE, id, name, arguments);
}

void
propose (Fixture * f, guint turn, const gchar * id, const gchar * name,
    const gchar * arguments)
{
  send_call (f, turn, 1, 1, TRUE, id, name, arguments);
}

void
commit (Fixture * f, guint turn)
{
  send (f, GST_VOICE_ORDERED, gst_voice_structure_new ("commit", "turn", turn,
          NULL));
}

void
withdraw (Fixture * f, guint turn)
{
  send (f, GST_VOICE_OOB, gst_voice_structure_new ("withdraw", "turn", turn,
          NULL));
}

void
interrupt (Fixture * f, guint generation)
{
  while (gst_voice_session_generation (f->session) < generation)
    gst_voice_session_interrupt (f->session);
  send (f, GST_VOICE_OOB, gst_voice_structure_new ("interrupt",
          "generation", generation, "reason", "words", NULL));
}

gchar *
take_up (Fixture * f, guint lines)
{
  gint64 until = g_get_monotonic_time () + PATIENCE;
  gchar *taken;

  g_mutex_lock (&f->lock);
  while (f->lines < lines) {
    if (!g_cond_wait_until (&f->cond, &f->lock, until))
      g_error ("%u lines did not come, only: %s", lines, f->up->str);
  }
  taken = g_strdup (f->up->str);
  g_string_truncate (f->up, 0);
  f->lines = 0;
  g_mutex_unlock (&f->lock);
  return taken;
}

static guint
count_lines (const gchar * text)
{
  guint n = 0;

  for (; (text = strchr (text, '\n')); text++)
    n++;
  return n;
}

void
expect_up (Fixture * f, const gchar * expected)
{
  gchar *taken = take_up (f, count_lines (expected));
  gchar *text = with_quotes (f, expected);

  g_assert_cmpstr (taken, ==, text);
  g_free (text);
  g_free (taken);
}

gchar *
take_down (Fixture * f)
{
  gchar *taken;

  g_mutex_lock (&f->lock);
  taken = g_strdup (f->down->str);
  g_string_truncate (f->down, 0);
  g_mutex_unlock (&f->lock);
  return taken;
}

static void
describe_line (Fixture * f, GString * out, const gchar * line)
{
  JsonNode *node = gst_voice_json_parse (line, -1, G_MAXSIZE, 64, NULL);
  JsonObject *o = json_node_get_object (node);
  const gchar *type = json_object_get_string_member (o, "type");
  gboolean is_call = strcmp (type, "tool-call") == 0;
  gchar *json;

  if (is_call || strcmp (type, "tool-result") == 0) {
    json = gst_voice_json_to_string (json_object_get_member (o, is_call ?
            "arguments" : "json"));
    g_string_append_printf (out, is_call ? "call %s %s %s %s\n" :
        "result %s %s%s %s\n", json_object_get_string_member (o, "id"),
        json_object_get_string_member (o, is_call ? "name" : "outcome"),
        is_call ? json_object_get_string_member (o, "access") : "", json);
    g_free (json);
  } else if (strcmp (type, "fault") == 0) {
    g_string_append_printf (out, "fault %s %s\n",
        json_object_get_string_member (o, "code"),
        json_object_get_string_member (o, "text"));
  } else if (strcmp (type, "tool-attempt") == 0) {
    if (f->ledger)
      g_string_append_printf (out, "%s %s %s %d %s %s\n",
          json_object_get_string_member (o, "what"),
          json_object_get_string_member (o, "id"),
          json_object_get_string_member (o, "key"),
          (gint) json_object_get_int_member (o, "attempt"),
          json_object_get_string_member (o, "outcome"),
          json_object_get_string_member (o, "code"));
  } else if (strcmp (type, "session-started") != 0) {
    g_string_append_printf (out, "%s\n", type);
  }
  json_node_unref (node);
}

static gchar *
read_journal (Fixture * f)
{
  GString *out = g_string_new (NULL);
  gchar *text, **lines;

  g_assert_true (g_file_get_contents (f->journal, &text, NULL, NULL));
  g_assert_null (strstr (text, SECRET));
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] && *lines[i]; i++)
    describe_line (f, out, lines[i]);
  g_strfreev (lines);
  g_free (text);
  return g_string_free (out, FALSE);
}

void
expect_journal (Fixture * f, const gchar * expected)
{
  gchar *journal = read_journal (f), *text = with_quotes (f, expected);

  g_assert_cmpstr (journal, ==, text);
  g_free (text);
  g_free (journal);
}

void
wait_journal (Fixture * f, guint lines)
{
  gint64 until = g_get_monotonic_time () + PATIENCE;
  gchar *journal;

  for (;;) {
    journal = read_journal (f);
    if (count_lines (journal) >= lines)
      break;
    if (g_get_monotonic_time () > until)
      g_error ("%u lines did not come, only: %s", lines, journal);
    g_free (journal);
    g_thread_yield ();
  }
  g_free (journal);
}

void
crank_to (Fixture * f, guint ms)
{
  gint64 until = g_get_monotonic_time () + PATIENCE;
  GstTestClock *clock = GST_TEST_CLOCK (f->clock);
  GstClockTime next = GST_CLOCK_TIME_NONE;
  GstClockID id;

  while (next != ms * MS) {
    if (g_get_monotonic_time () > until)
      g_error ("no alarm at %u but at %d", ms, in_ms (next));
    next = gst_test_clock_get_next_entry_time (clock);
    g_thread_yield ();
  }
  gst_test_clock_set_time (clock, ms * MS);
  id = gst_test_clock_process_next_clock_id (clock);
  gst_clock_id_unref (id);
}

/* An object, since alarms do not keep their owners. */
typedef struct
{
  GObject parent;
  Fixture *f;
  Action action;
  gpointer data;
  GstVoiceAlarm *alarm;
} Scene;
typedef GObjectClass SceneClass;

static GType scene_get_type (void);
G_DEFINE_TYPE (Scene, scene, G_TYPE_OBJECT);

static GPtrArray *scenes;

static void
scene_finalize (GObject * object)
{
  gst_voice_alarm_free (((Scene *) object)->alarm);
  G_OBJECT_CLASS (scene_parent_class)->finalize (object);
}

static void
scene_class_init (SceneClass * klass)
{
  klass->finalize = scene_finalize;
}

static void
scene_init (Scene * scene)
{
}

static void
play_scene (gpointer owner)
{
  Scene *scene = owner;

  scene->action (scene->f, scene->data);
}

void
at (Fixture * f, guint ms, Action action, gpointer data)
{
  Scene *scene = g_object_new (scene_get_type (), NULL);

  if (!scenes)
    scenes = g_ptr_array_new_with_free_func (g_object_unref);
  scene->f = f;
  scene->action = action;
  scene->data = data;
  scene->alarm = gst_voice_alarm_new (GST_VOICE_ALARM_SOURCE, play_scene,
      scene);
  gst_voice_alarm_set (scene->alarm, f->clock, ms * MS);
  g_ptr_array_add (scenes, scene);
}

static void
end_of_run (Fixture * f, gpointer data)
{
  g_mutex_lock (&f->lock);
  *(gboolean *) data = TRUE;
  g_cond_broadcast (&f->cond);
  g_mutex_unlock (&f->lock);
}

void
run (Fixture * f, guint ms)
{
  gint64 until = g_get_monotonic_time () + PATIENCE;
  gboolean over = FALSE;

  at (f, ms, end_of_run, &over);
  gst_voice_clock_start (GST_VOICE_CLOCK (f->clock));
  g_mutex_lock (&f->lock);
  while (!over) {
    if (!g_cond_wait_until (&f->cond, &f->lock, until))
      g_error ("time stands still");
  }
  g_mutex_unlock (&f->lock);
  g_clear_pointer (&scenes, g_ptr_array_unref);
}

guint
stat_of (Fixture * f, const gchar * name)
{
  GstStructure *stats;
  guint n;

  g_object_get (f->element, "stats", &stats, NULL);
  g_assert_true (gst_structure_get_uint (stats, name, &n));
  gst_structure_free (stats);
  return n;
}

void
assert_refused (const gchar * tools, const gchar * pattern)
{
  GstElement *element = gst_element_factory_make ("toolcall", NULL);
  GstBus *bus = gst_bus_new ();
  gchar *json = with_quotes (NULL, tools);
  GError *error = NULL;
  GstMessage *message;

  gst_object_ref_sink (element);
  gst_element_set_bus (element, bus);
  g_object_set (element, "tools", json, NULL);
  g_assert_cmpint (gst_element_set_state (element, GST_STATE_PAUSED), ==,
      GST_STATE_CHANGE_FAILURE);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  g_assert_nonnull (message);
  gst_message_parse_error (message, &error, NULL);
  if (!g_pattern_match_simple (pattern, error->message))
    g_error ("%s", error->message);
  g_assert_null (strstr (error->message, SECRET));
  g_error_free (error);
  gst_message_unref (message);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_element_set_bus (element, NULL);
  gst_object_unref (bus);
  gst_object_unref (element);
  g_free (json);
}

const gchar *
sent_header (Fixture * f, guint n, const gchar * name)
{
  return g_hash_table_lookup (http_peer_request (f->peer, n)->headers, name);
}

gchar *
sent_body (Fixture * f, guint n)
{
  GBytes *body = http_peer_request (f->peer, n)->body;

  return g_strndup (body && g_bytes_get_size (body) > 0 ?
      g_bytes_get_data (body, NULL) : "", body ? g_bytes_get_size (body) : 0);
}

gchar *
read_docs (void)
{
  gchar *path = g_build_filename (g_getenv ("GST_VOICE_TEST_SOURCE"), "docs",
      "tools.md", NULL);
  gchar *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_free (path);
  return text;
}

gchar **
read_docs_json (void)
{
  gchar *text = read_docs ();
  GPtrArray *blocks = g_ptr_array_new ();
  const gchar *begin = text, *end;

  while ((begin = strstr (begin, "```json\n"))) {
    begin += strlen ("```json\n");
    end = strstr (begin, "```");
    g_assert_nonnull (end);
    g_ptr_array_add (blocks, g_strndup (begin, end - begin));
    begin = end + 3;
  }
  g_ptr_array_add (blocks, NULL);
  g_free (text);
  return (gchar **) g_ptr_array_free (blocks, FALSE);
}

int
tool_test_run (void)
{
  int result = g_test_run ();

  gst_deinit ();
  return result;
}
