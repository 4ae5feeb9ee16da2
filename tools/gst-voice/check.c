/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `gst-voice check`: finds the faults of personas, descriptions, scripts and
 * caller files before a caller does.
 *
 * Threads: the main thread. Locks: none.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "check-online.h"
#include "verbs.h"

#include <caller-core.h>
#include <gst-voice/description.h>
#include <gst-voice/persona.h>
#include <gst/gst.h>
#include <script-core.h>
#include <string.h>

/* (transfer full) strings `file:line: …` */
typedef GPtrArray Problems;

static void
add_problem (Problems * problems, const gchar * format, ...)
G_GNUC_PRINTF (2, 3);

     static void add_problem (Problems * problems, const gchar * format, ...)
{
  va_list args;

  va_start (args, format);
  g_ptr_array_add (problems, g_strdup_vprintf (format, args));
  va_end (args);
}

static void
take_problems (Problems * problems, GPtrArray * found)
{
  for (guint i = 0; found && i < found->len; i++)
    g_ptr_array_add (problems, g_strdup (g_ptr_array_index (found, i)));
  g_clear_pointer (&found, g_ptr_array_unref);
}

static gchar *
look_up (const gchar * name, gpointer persona)
{
  return persona ? gst_voice_persona_get_value (persona, name) : NULL;
}

static gboolean
check_description (const gchar * path, GstVoicePersona * persona,
    Problems * problems)
{
  GError *error = NULL;
  GstVoiceDescription *description = gst_voice_description_load (path, &error);
  GPtrArray *found = NULL;
  gboolean ok;

  if (!description) {
    add_problem (problems, "%s", error->message);
    g_error_free (error);
    return FALSE;
  }
  ok = gst_voice_description_check (description, GST_VOICE_DESCRIPTION_NONE,
      NULL, look_up, persona, &found);
  take_problems (problems, found);
  gst_voice_description_unref (description);
  return ok;
}

/* Builds the agent and brings it as far as it gets without a call: that loads
 * scripts, grammars and models, and sets every property. */
static void
try_agent (const gchar * path, Problems * problems)
{
  GstElement *agent = gst_element_factory_make ("voiceagent", NULL);
  GstMessage *message;
  GError *error;
  GstBus *bus;

  if (!agent) {
    add_problem (problems, "%s: the element voiceagent is not installed", path);
    return;
  }
  bus = gst_bus_new ();
  gst_element_set_bus (agent, bus);
  g_object_set (agent, "persona", path, NULL);
  gst_element_set_state (agent, GST_STATE_PAUSED);
  gst_element_set_state (agent, GST_STATE_NULL);
  while ((message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR))) {
    gst_message_parse_error (message, &error, NULL);
    add_problem (problems, "%s: %s: %s", path,
        GST_OBJECT_NAME (GST_MESSAGE_SRC (message)), error->message);
    g_error_free (error);
    gst_message_unref (message);
  }
  gst_element_set_bus (agent, NULL);
  gst_object_unref (bus);
  gst_object_unref (agent);
}

static void
check_persona (const gchar * path, Problems * problems)
{
  GPtrArray *found = NULL;
  GstVoicePersona *persona;

  if (!gst_voice_persona_check (path, &found)) {
    take_problems (problems, found);
    return;
  }
  g_clear_pointer (&found, g_ptr_array_unref);
  persona = gst_voice_persona_load (path, NULL);
  if (persona && check_description (gst_voice_persona_get_pipeline (persona),
          persona, problems))
    try_agent (path, problems);
  g_clear_pointer (&persona, gst_voice_persona_unref);
}

static void
check_caller (const gchar * path, Problems * problems)
{
  GError *error = NULL;
  CallerCore *core = NULL;
  gchar *text;

  if (g_file_get_contents (path, &text, NULL, &error)) {
    core = caller_core_parse (text, path, &error);
    g_free (text);
  }
  if (error)
    add_problem (problems, "%s", error->message);
  g_clear_error (&error);
  g_clear_pointer (&core, caller_core_free);
}

/* What is of no use in it is most likely a mistake. */
static void
check_script (const gchar * path, Problems * problems)
{
  GError *error = NULL;
  Script *script = NULL;
  gchar *text;
  gsize length;

  if (g_file_get_contents (path, &text, &length, &error)) {
    script = script_new (text, length, path, NULL, &error);
    g_free (text);
  }
  if (error)
    add_problem (problems, "%s", error->message);
  for (guint i = 0; script && script_warnings (script)[i]; i++)
    add_problem (problems, "%s", script_warnings (script)[i]);
  g_clear_error (&error);
  g_clear_pointer (&script, script_free);
}

static void
check_file (const gchar * path, Problems * problems)
{
  if (g_str_has_suffix (path, ".launch"))
    check_description (path, NULL, problems);
  else if (g_str_has_suffix (path, ".caller"))
    check_caller (path, problems);
  else if (g_str_has_suffix (path, ".script.json"))
    check_script (path, problems);
  else
    check_persona (path, problems);
}

static gboolean
print_problems (Problems * problems)
{
  gboolean none = problems->len == 0;

  for (guint i = 0; i < problems->len; i++)
    g_print ("%s\n", (gchar *) g_ptr_array_index (problems, i));
  g_ptr_array_unref (problems);
  return none;
}

static gboolean
check_and_print (const gchar * path)
{
  Problems *problems = g_ptr_array_new_with_free_func (g_free);
  gboolean ok;

  check_file (path, problems);
  ok = print_problems (problems);
  if (ok)
    g_print ("%s: ok\n", path);
  return ok;
}

/* Returns: (nullable): what @path describes, never to be started */
static GstElement *
build (const gchar * path, GstVoicePersona * persona, Problems * problems)
{
  GstVoiceDescription *description;
  GstElement *pipeline = NULL;
  GError *error = NULL;

  if (!check_description (path, persona, problems))
    return NULL;
  description = gst_voice_description_load (path, &error);
  if (description) {
    pipeline = gst_voice_description_build (description,
        GST_VOICE_DESCRIPTION_NONE, NULL, look_up, persona, &error);
    gst_voice_description_unref (description);
  }
  if (error)
    add_problem (problems, "%s", error->message);
  g_clear_error (&error);
  return pipeline;
}

static GstElement *
build_persona (const gchar * path, Problems * problems)
{
  GPtrArray *found = NULL;
  GstVoicePersona *persona = NULL;
  GstElement *pipeline;

  if (g_str_has_suffix (path, ".launch"))
    return build (path, NULL, problems);
  if (gst_voice_persona_check (path, &found))
    persona = gst_voice_persona_load (path, NULL);
  take_problems (problems, found);
  if (!persona)
    return NULL;
  pipeline = build (gst_voice_persona_get_pipeline (persona), persona,
      problems);
  gst_voice_persona_unref (persona);
  return pipeline;
}

static gboolean
ask_and_print (const gchar * path)
{
  Problems *problems = g_ptr_array_new_with_free_func (g_free);
  GstElement *pipeline = build_persona (path, problems);
  gboolean ok = print_problems (problems) && pipeline;

  if (ok)
    ok = check_online (path, pipeline);
  if (pipeline)
    gst_object_unref (gst_object_ref_sink (pipeline));
  return ok;
}

int
verb_check (int argc, char **argv)
{
  gboolean online = FALSE, ok;
  const GOptionEntry entries[] = {
    {"online", 0, 0, G_OPTION_ARG_NONE, &online,
          "Ask the services of personas and descriptions if they would answer",
        NULL},
    {NULL}
  };
  GOptionContext *context = g_option_context_new ("FILE…");
  GError *error = NULL;

  g_option_context_set_summary (context,
      "Check personas (*.json), descriptions (*.launch), scripts "
      "(*.script.json)\nand callers (*.caller).");
  g_option_context_set_description (context,
      "Each fault is a line: file, line, key, what is wrong and what was "
      "probably meant.\nExit status: 0 if nothing is wrong, 1 if something is, "
      "2 for a wrong command line.\n\n--online starts nothing. Each service "
      "gets the smallest request that shows whether\nit can be reached and "
      "takes the key.\n\nExamples:\n"
      "  gst-voice check pipelines/clinic.json\n"
      "  gst-voice check --online pipelines/clinic.json\n"
      "  gst-voice check *.script.json *.caller\n");
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  ok = g_option_context_parse (context, &argc, &argv, &error);
  g_option_context_free (context);
  if (!ok || argc < 2) {
    g_printerr ("gst-voice check: %s\n", ok ? "which files?" : error->message);
    g_clear_error (&error);
    return EXIT_USAGE;
  }
  for (int i = 1; i < argc; i++) {
    if (online && argc > 2)
      g_print ("%s%s\n", i > 1 ? "\n" : "", argv[i]);
    ok &= online ? ask_and_print (argv[i]) : check_and_print (argv[i]);
  }
  return ok ? EXIT_OK : EXIT_FAILED;
}
