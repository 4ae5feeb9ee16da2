/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A zygote with calls, for tests. What does not come is told by the time limit
 * of the test.
 */
#include "zygote-scene.h"

#include "fixture.h"

#include <gst-voice/json.h>
#include <salvage.h>
#include <string.h>

/* A journal grows without telling. */
#define LOOK_MS 50

void
scene_environment (void)
{
  /* See command_launcher (). */
  gchar *options = g_strconcat (g_getenv ("ASAN_OPTIONS") ? : "",
      ":detect_leaks=0", NULL);

  g_setenv ("ASAN_OPTIONS", options, TRUE);
  g_free (options);
}

static void
call_free (gpointer data)
{
  SceneCall *call = data;

  g_string_free (call->reports, TRUE);
  g_free (call);
}

SceneCall *
scene_get (Scene * scene, const gchar * id)
{
  SceneCall *call = g_hash_table_lookup (scene->calls, id);

  g_assert_nonnull (call);
  return call;
}

static void
started (gpointer data, const gchar * id, gint pid)
{
  scene_get (data, id)->pid = pid;
}

static void
reported (gpointer data, const gchar * id, const gchar * type,
    JsonObject * report)
{
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);
  GString *reports = scene_get (data, id)->reports;
  gchar *text;

  json_node_set_object (node, report);
  text = gst_voice_json_to_string (node);
  g_assert_true (json_object_has_member (report, "type"));
  g_test_message ("%s: %s", id, text);
  g_string_append_printf (reports, "%s\n", text);
  g_free (text);
  json_node_unref (node);
}

static void
ended (gpointer data, const gchar * id, const ZygoteEnd * end)
{
  SceneCall *call = scene_get (data, id);

  g_assert_false (call->ended);
  call->ended = TRUE;
  call->end = *end;
}

static void
died (gpointer data, const GError * error)
{
  ((Scene *) data)->deaths++;
  if (error)
    g_test_message ("%s", error->message);
}

static const ZygoteEvents events = {
  .started = started,
  .report = reported,
  .ended = ended,
  .died = died,
};

void
scene_set_up (Scene * scene, gconstpointer cpu_limit)
{
  gchar *program = g_build_filename (g_getenv ("GST_VOICE_TEST_BUILD"),
      "tools", "gst-voice", "gst-voice", NULL);
  gchar *persona = fixture_path ("../../pipelines/echo.json");
  const gchar *personas[] = { persona, NULL };
  ZygoteSettings settings = {.program = program,.personas = personas,
    .cpu_seconds = 2
  };
  GError *error = NULL;

  if (cpu_limit)
    settings.cpu_limit = *(const gdouble *) cpu_limit;
  else
    settings.cpu_seconds = 0;
  scene->dir = fixture_dir ();
  scene->spool = g_build_filename (scene->dir, "journals", NULL);
  scene->calls = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      call_free);
  scene->zygote = zygote_start (&settings, &error);
  g_assert_no_error (error);
  zygote_attach (scene->zygote, NULL, &events, scene);
  g_free (persona);
  g_free (program);
}

void
scene_tear_down (Scene * scene, gconstpointer unused)
{
  g_clear_pointer (&scene->zygote, zygote_stop);
  g_hash_table_unref (scene->calls);
  g_free (scene->spool);
  fixture_remove (scene->dir);
}

CallOrder
scene_order (Scene * scene, const gchar * id, const gchar * description)
{
  CallOrder order = {
    .call_id = g_strdup (id),
    .journal_dir = g_strdup (scene->spool),
    .description = g_strdup (description),
    .persona = fixture_path ("../../pipelines/echo.json"),
  };

  gchar *caller = g_build_filename (scene->dir, "once.caller", NULL);

  g_assert_true (g_file_set_contents (caller, "after agent say \"go forward\"\n"
          "after agent hangup\n", -1, NULL));
  order.variables = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      g_free);
  g_hash_table_insert (order.variables, g_strdup ("caller"), caller);
  return order;
}

/* Clears @order. */
SceneCall *
scene_begin (Scene * scene, CallOrder * order)
{
  SceneCall *call = g_new0 (SceneCall, 1);
  GError *error = NULL;

  call->reports = g_string_new (NULL);
  g_hash_table_insert (scene->calls, g_strdup (order->call_id), call);
  zygote_call (scene->zygote, order, &error);
  g_assert_no_error (error);
  call_order_clear (order);
  return call;
}

/* Of somebody who says nothing, in real time. */
SceneCall *
scene_call (Scene * scene, const gchar * id)
{
  CallOrder order = scene_order (scene, id, SCENE_SILENCE);

  return scene_begin (scene, &order);
}

SceneCall *
scene_call_simulated (Scene * scene, const gchar * id)
{
  CallOrder order = scene_order (scene, id, SCENE_SPOKEN);

  order.simulate = TRUE;
  return scene_begin (scene, &order);
}

static gchar *
spaced (const gchar * text)
{
  GString *out = g_string_new (text);

  g_string_replace (out, "\": ", "\":", 0);
  g_string_replace (out, ", \"", ",\"", 0);
  return g_string_free (out, FALSE);
}

static gboolean
has_report (SceneCall * call, const gchar * text)
{
  gchar *compact = spaced (text);
  gboolean has = strstr (call->reports->str, compact) != NULL;

  g_free (compact);
  return has;
}

void
scene_assert_report (SceneCall * call, const gchar * text)
{
  if (!has_report (call, text))
    g_error ("no %s in\n%s", text, call->reports->str);
}

void
scene_wait_report (Scene * scene, SceneCall * call, const gchar * text)
{
  while (!has_report (call, text)) {
    if (call->ended)
      g_error ("no %s in\n%s", text, call->reports->str);
    g_main_context_iteration (NULL, TRUE);
  }
}

static gboolean
journal_has (Scene * scene, const gchar * id, const gchar * line)
{
  gchar *name = g_strconcat (id, ".jsonl", NULL);
  gchar *path = g_build_filename (scene->spool, name, NULL), *text = NULL;
  gboolean has;

  g_file_get_contents (path, &text, NULL, NULL);
  has = text && strstr (text, line);
  g_free (text);
  g_free (path);
  g_free (name);
  return has;
}

static gboolean
nothing (gpointer unused)
{
  return G_SOURCE_CONTINUE;
}

void
scene_wait_journal (Scene * scene, const gchar * id, const gchar * text)
{
  guint look = g_timeout_add (LOOK_MS, nothing, NULL);

  while (!journal_has (scene, id, text)) {
    if (scene_get (scene, id)->ended)
      g_error ("%s ends without %s:\n%s", id, text,
          scene_get (scene, id)->reports->str);
    g_main_context_iteration (NULL, TRUE);
  }
  g_source_remove (look);
}

void
scene_wait_end (Scene * scene, const gchar * id)
{
  while (!scene_get (scene, id)->ended)
    g_main_context_iteration (NULL, TRUE);
}

/* (transfer full) (nullable) */
Record *
scene_salvage (Scene * scene, const gchar * id)
{
  gchar *path = g_build_filename (scene->dir, "calls.db", NULL);
  GError *error = NULL;
  Store *store = store_open (path, STORE_WRITE | STORE_CREATE, &error);
  Record *record;

  g_assert_no_error (error);
  call_salvage (store, scene->spool, id, &record, &error);
  g_assert_no_error (error);
  store_close (store);
  g_free (path);
  return record;
}
