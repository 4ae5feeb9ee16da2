/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Plays the call of one scenario and compares its record with what is expected.
 *
 * Threads: the main thread of a process that plays one call at a time. Locks:
 * none.
 */
#include "eval.h"

#include "graph.h"
#include "keep.h"
#include "persona-find.h"
#include "player.h"
#include "silent.h"

/* Characters a second: how fast people speak. */
#define PACE 15

typedef struct
{
  Player player;
  EvalResult *result;
  gboolean late;
} Play;

static void
add_failure (EvalResult * result, const gchar * format, ...)
G_GNUC_PRINTF (2, 3);

     static void add_failure (EvalResult * result, const gchar * format, ...)
{
  va_list args;

  va_start (args, format);
  g_ptr_array_add (result->failures, g_strdup_vprintf (format, args));
  va_end (args);
}

static void
take_failure (gpointer data, const gchar * text, const gchar * debug)
{
  add_failure (((Play *) data)->result, "the call failed: %s", text);
}

static const PlayerEvents events = {
  .failed = take_failure,
};

static gboolean
give_up (gpointer data)
{
  Play *play = data;

  play->late = TRUE;
  player_stop (&play->player);
  return G_SOURCE_REMOVE;
}

static void
set_variables (const Scenario * scenario, GstVoiceSession * session)
{
  JsonObject *variables = scenario_variables (scenario);
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *value;

  if (!variables)
    return;
  json_object_iter_init (&iter, variables);
  while (json_object_iter_next (&iter, &name, &value))
    gst_voice_session_set_variable (session, NULL, name,
        json_node_get_string (value));
}

static gboolean
build (Play * play, const Scenario * scenario, const EvalSettings * settings,
    GError ** error)
{
  CallSettings call = {.caller = (gchar *) "silence",
    .speaker = (gchar *) "none"
  };
  gchar *script = scenario_script (scenario, settings->audio, error);
  gchar *persona =
      !script ? NULL : persona_find (settings->
      persona ? settings->persona : scenario->persona,
      settings->persona ? NULL : scenario->path,
      error);

  call.persona = persona;
  call.script = script;
  if (persona)
    play->player.pipeline = graph_new (&call, &play->player.agent, error);
  g_free (persona);
  g_free (script);
  if (!play->player.pipeline)
    return FALSE;
  play->player.session = gst_voice_session_new (NULL);
  set_variables (scenario, play->player.session);
  player_prepare (&play->player, NULL);
  return TRUE;
}

static void
judge (Play * play, const Scenario * scenario, Keep * keep)
{
  EvalResult *result = play->result;
  GError *error = NULL;
  Record *record = keep_record (keep, play->player.last_line, &error);

  if (record) {
    g_free (result->reason);
    result->reason = g_strdup (record->reason);
    result->call = (gdouble) record->duration / G_USEC_PER_SEC;
    result->turns = record->turns_taken;
    result->tools = record->tools_run;
    scenario_check (scenario, record, result->failures);
    record_free (record);
  }
  if (error)
    add_failure (result, "%s", error->message);
  g_clear_error (&error);
}

static void
run (Play * play, const Scenario * scenario, const EvalSettings * settings)
{
  const Delivery nowhere = { 0 };
  GError *error = NULL;
  Keep *keep = keep_begin ("none",
      gst_voice_session_call_id (play->player.session), &nowhere, &error);
  guint timeout;

  if (keep && gst_voice_session_open_journal (play->player.session,
          keep_journal (keep), &error)) {
    timeout = g_timeout_add_seconds (settings->seconds, give_up, play);
    player_run (&play->player);
    if (play->late)
      add_failure (play->result, "the call was not over after %d seconds",
          settings->seconds);
    else
      g_source_remove (timeout);
    judge (play, scenario, keep);
  } else {
    add_failure (play->result, "%s", error->message);
    g_clear_error (&error);
  }
  if (keep)
    g_free (keep_end (keep, NULL, NULL));
}

/**
 * eval_play:
 * @scenario: a scenario
 * @settings: how
 * @result: takes what came of it
 */
void
eval_play (const Scenario * scenario, const EvalSettings * settings,
    EvalResult * result)
{
  Play play = {.result = result,.player = {.simulate = !settings->real_time,
          /* Nothing that a mock leaves open is waited for. */
      .events = &events,.hurried = TRUE}
  };
  gchar *mocks = scenario_mocks (scenario);
  Silence silence = {.deaf = !settings->audio,.pace = PACE,.mocks = mocks };
  gint64 since = g_get_monotonic_time ();
  GError *error = NULL;

  play.player.data = &play;
  if (build (&play, scenario, settings, &error)) {
    silence_make (play.player.pipeline, &silence);
    run (&play, scenario, settings);
  } else {
    add_failure (result, "%s", error->message);
    g_clear_error (&error);
  }
  gst_clear_object (&play.player.pipeline);
  g_clear_object (&play.player.session);
  player_clear (&play.player);
  g_free (mocks);
  result->took = (gdouble) (g_get_monotonic_time () - since) / G_USEC_PER_SEC;
  result->done = TRUE;
}
