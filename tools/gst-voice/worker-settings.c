/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The command line and the environment of `gst-voice worker`. An error says
 * which of them is wrong and what to do; the secret is in none.
 *
 * Threads: the main thread, before there are others. Locks: none.
 */
#include "worker-settings.h"

#include "persona-rules.h"

#include <gst-voice/data.h>
#include <gst-voice/secret.h>
#include <gst/gst.h>
#include <signalling-url.h>
#include <string.h>
#include <unistd.h>

#define MAX_NAME 64

static const gchar description[] =
    "Answers the calls of a LiveKit server with a persona: registers as an "
    "agent worker and\nruns a process for each call. SIGTERM or Ctrl-C takes "
    "no more calls and waits for those\nthat run; a second one hangs up; a "
    "third ends at once.\n\nEnvironment:\n"
    "  LIVEKIT_URL         of the server, such as wss://example.livekit.cloud\n"
    "  LIVEKIT_API_KEY     as in the server's keys\n"
    "  LIVEKIT_API_SECRET  the secret itself or file:PATH\n"
    "  LIVEKIT_AGENT_NAME  with a name it gets only what is dispatched to it;\n"
    "                      without one it serves every room\n"
    "  GST_VOICE_CA_FILE   certificates of the authorities to trust\n\n"
    "Examples:\n"
    "  gst-voice worker --persona clinic.json\n"
    "  gst-voice worker --persona clinic.json --agent-name clinic "
    "--load-limit 0.5\n"
    "  gst-voice worker --persona clinic.json --http off --log json\n\n"
    "Exit status: 0 when it was drained, 1 when it could not work, 2 for a "
    "wrong command\nline. docs/operations.md tells more.\n";

typedef struct
{
  gchar *job, *log, *level, *ca_file, *webhook, *webhook_secret;
  gint max_calls, drain_timeout, max_retry, memory_limit;
} Raw;

static gboolean
fail (GError ** error, const gchar * format, ...)
G_GNUC_PRINTF (2, 3);

     static gboolean fail (GError ** error, const gchar * format, ...)
{
  va_list args;

  va_start (args, format);
  if (error)
    *error = g_error_new_valist (G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        format, args);
  va_end (args);
  return FALSE;
}

static gboolean
check_numbers (const WorkerSettings * settings, const Raw * raw,
    GError ** error)
{
  if (!(settings->load_limit > 0 && settings->load_limit <= 1))
    return fail (error, "--load-limit: from above 0 to 1; the default is 0.7");
  if (raw->max_calls < 0)
    return fail (error, "--max-calls: a number of calls, or 0 for as many as "
        "the load allows");
  if (raw->drain_timeout < 0)
    return fail (error, "--drain-timeout: a number of seconds");
  if (raw->max_retry < 0)
    return fail (error, "--max-retry: a number of attempts, or 0 for no end");
  if (raw->memory_limit < 0)
    return fail (error, "--memory-limit: a number of MiB");
  return TRUE;
}

static gboolean
take_words (WorkerSettings * settings, const Raw * raw, GError ** error)
{
  const gchar *job = raw->job ? raw->job : "room";

  settings->room = strcmp (job, "room") == 0 || strcmp (job, "both") == 0;
  settings->publisher = strcmp (job, "publisher") == 0
      || strcmp (job, "both") == 0;
  if (!settings->room && !settings->publisher)
    return fail (error, "--job %s: room, publisher or both", job);
  settings->log = isatty (STDERR_FILENO) ? LOG_TEXT : LOG_JSON;
  settings->level = LOG_LEVEL_INFO;
  if (raw->log && !log_parse_format (raw->log, &settings->log))
    return fail (error, "--log %s: json or text", raw->log);
  if (raw->level && !log_parse_level (raw->level, &settings->level))
    return fail (error, "--log-level %s: debug, info, warning or error",
        raw->level);
  if (raw->ca_file)
    g_setenv ("GST_VOICE_CA_FILE", raw->ca_file, TRUE);
  return TRUE;
}

static gboolean
read_rules (WorkerSettings * settings, GError ** error)
{
  const gchar *personas[] = { settings->persona, NULL };
  GStrvBuilder *all = g_strv_builder_new ();
  PersonaRules *rules = NULL;
  const gchar **named = NULL;

  if (settings->rules)
    rules = persona_rules_load (settings->rules, error);
  if (rules)
    named = persona_rules_get_personas (rules);
  if (named)
    g_strv_builder_addv (all, named);
  g_strv_builder_addv (all, personas);
  settings->personas = g_strv_builder_end (all);
  g_strv_builder_unref (all);
  g_free (named);
  if (!rules)
    return settings->rules == NULL;
  persona_rules_free (rules);
  return TRUE;
}

/* A file, or the name of an installed persona. */
static void
find_persona (gchar ** persona)
{
  gchar *relative, *path;

  if (!*persona || strchr (*persona, '/')
      || g_file_test (*persona, G_FILE_TEST_EXISTS))
    return;
  relative = g_strconcat ("pipelines/", *persona, g_str_has_suffix (*persona,
          ".json") ? "" : ".json", NULL);
  path = gst_voice_data_path (relative);
  if (g_file_test (path, G_FILE_TEST_IS_REGULAR)) {
    g_free (*persona);
    *persona = g_steal_pointer (&path);
  }
  g_free (path);
  g_free (relative);
}

static gboolean
check_persona (const WorkerSettings * settings, int argc, char **argv,
    GError ** error)
{
  if (argc > 1)
    return fail (error, "what is '%s'? A persona is named by --persona FILE",
        argv[1]);
  if (!settings->persona && !settings->rules)
    return fail (error, "which persona? --persona FILE, or --rules FILE");
  return TRUE;
}

static void
raw_clear (Raw * raw)
{
  g_free (raw->job);
  g_free (raw->log);
  g_free (raw->level);
  g_free (raw->ca_file);
  g_free (raw->webhook);
  g_free (raw->webhook_secret);
}

static gboolean
take_webhook (WorkerSettings * settings, const Raw * raw, GError ** error)
{
  GError *why = NULL;

  if (raw->webhook && g_strcmp0 (settings->db, "none") == 0)
    return fail (error, "--webhook needs a database, from which it is sent: "
        "not --db none");
  if (delivery_set (&settings->delivery, raw->webhook, raw->webhook_secret,
          &why))
    return TRUE;
  fail (error, "--webhook: %s", why->message);
  g_error_free (why);
  return FALSE;
}

static gboolean
parse (WorkerSettings * settings, Raw * raw, int *argc, char ***argv,
    GError ** error)
{
  GOptionEntry entries[] = {
    {"persona", 'p', 0, G_OPTION_ARG_FILENAME, &settings->persona,
        "who takes the calls", "FILE"},
    {"rules", 0, 0, G_OPTION_ARG_FILENAME, &settings->rules,
        "which persona takes which call", "FILE"},
    {"agent-name", 'n', 0, G_OPTION_ARG_STRING, &settings->agent_name,
        "take only what is dispatched to this name", "NAME"},
    {"url", 0, 0, G_OPTION_ARG_STRING, &settings->url,
        "the LiveKit server, instead of LIVEKIT_URL", "URL"},
    {"job", 0, 0, G_OPTION_ARG_STRING, &raw->job,
        "for what a call is begun: room (default), publisher or both", "JOB"},
    {"load-limit", 0, 0, G_OPTION_ARG_DOUBLE, &settings->load_limit,
        "from this load on no calls are taken (0.7); 1: never", "LOAD"},
    {"max-calls", 0, 0, G_OPTION_ARG_INT, &raw->max_calls,
        "no more calls at a time than this", "N"},
    {"memory-limit", 0, 0, G_OPTION_ARG_INT, &raw->memory_limit,
        "of a call (256)", "MIB"},
    {"db", 'd', 0, G_OPTION_ARG_FILENAME, &settings->db,
        "database of calls, or none", "FILE"},
    {"webhook", 0, 0, G_OPTION_ARG_STRING, &raw->webhook,
        "where conversations are sent, unless the persona says it", "URL"},
    {"webhook-secret", 0, 0, G_OPTION_ARG_STRING, &raw->webhook_secret,
          "where the secret of the signature is: env:NAME or file:PATH",
        "SECRET"},
    {"http", 0, 0, G_OPTION_ARG_STRING, &settings->http,
        "where health and metrics are (:8081), or off", "ADDRESS"},
    {"otlp-endpoint", 0, 0, G_OPTION_ARG_STRING, &settings->traces.endpoint,
        "send a trace of each turn to this collector (OTLP/HTTP)", "URL"},
    {"otlp-content", 0, 0, G_OPTION_ARG_NONE, &settings->traces.content,
        "with what was said and done", NULL},
    {"drain-timeout", 0, 0, G_OPTION_ARG_INT, &raw->drain_timeout,
        "how long calls may go on after SIGTERM (3600)", "SECONDS"},
    {"max-retry", 0, 0, G_OPTION_ARG_INT, &raw->max_retry,
        "attempts to connect in a row (16), 0 without end", "N"},
    {"name", 0, 0, G_OPTION_ARG_STRING, &settings->name,
        "of this worker, for gst-voice ctl", "NAME"},
    {"ca-file", 0, 0, G_OPTION_ARG_FILENAME, &raw->ca_file,
        "certificates of the authorities to trust", "FILE"},
    {"log", 0, 0, G_OPTION_ARG_STRING, &raw->log,
        "json or text; text on a terminal, else json", "FORMAT"},
    {"log-level", 0, 0, G_OPTION_ARG_STRING, &raw->level,
        "debug, info (default), warning or error", "LEVEL"},
    {NULL}
  };
  GOptionContext *context = g_option_context_new ("--persona FILE");
  gboolean ok;

  g_option_context_set_summary (context, "Take the calls of a LiveKit server.");
  g_option_context_set_description (context, description);
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  ok = g_option_context_parse (context, argc, argv, error);
  g_option_context_free (context);
  return ok;
}

/**
 * worker_settings_parse:
 * @settings: (out): empty
 * @argc: (inout): of the verb
 * @argv: (inout): of the verb
 * @error: what is wrong with the command line
 *
 * Returns: whether the command line could be read
 */
gboolean
worker_settings_parse (WorkerSettings * settings, int *argc, char ***argv,
    GError ** error)
{
  Raw raw = {.drain_timeout = 3600,.max_retry = 16 };
  gboolean ok;

  settings->load_limit = 0.7;
  ok = parse (settings, &raw, argc, argv, error)
      && check_numbers (settings, &raw, error)
      && take_words (settings, &raw, error)
      && take_webhook (settings, &raw, error)
      && check_persona (settings, *argc, *argv, error);
  find_persona (&settings->persona);
  ok = ok && read_rules (settings, error);
  settings->max_calls = MAX (raw.max_calls, 0);
  settings->drain_timeout = MAX (raw.drain_timeout, 0);
  settings->max_retry = MAX (raw.max_retry, 0);
  settings->memory_limit = (guint64) MAX (raw.memory_limit, 0) * 1024 * 1024;
  raw_clear (&raw);
  return ok;
}

static gboolean
take_variable (gchar ** value, const gchar * name, const gchar * todo,
    GError ** error)
{
  const gchar *text = g_getenv (name);

  if (!*value && text && *text)
    *value = g_strdup (text);
  if (*value && **value)
    return TRUE;
  return fail (error, "%s is not set: %s", name, todo);
}

static gboolean
take_secret (gchar ** secret, GError ** error)
{
  GError *why = NULL;
  gchar *spec = NULL;

  if (!take_variable (&spec, "LIVEKIT_API_SECRET", "set it to the secret that "
          "belongs to LIVEKIT_API_KEY in the server's keys, or to file:PATH of "
          "a file with it", error))
    return FALSE;
  *secret = gst_voice_secret_resolve (spec, &why);
  gst_voice_secret_free (spec);
  if (*secret)
    return TRUE;
  fail (error, "LIVEKIT_API_SECRET: %s", why->message);
  g_error_free (why);
  return FALSE;
}

static gboolean
check_url (const gchar * url, gboolean option, GError ** error)
{
  GError *why = NULL;
  gchar *socket = livekit_worker_url (url, &why);
  gboolean ok = socket != NULL;

  if (!ok)
    fail (error, "%s: %s", option ? "--url" : "LIVEKIT_URL", why->message);
  g_clear_error (&why);
  g_free (socket);
  return ok;
}

/* It is the name of a file, and people type it. */
static gchar *
make_name (const gchar * agent_name)
{
  gchar *name = g_strdup_printf ("%.40s-%d", agent_name ? agent_name :
      "worker", (gint) getpid ());

  return g_strcanon (name, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "-_", '_');
}

static gboolean
check_name (const gchar * name, GError ** error)
{
  gsize length = strlen (name);

  if (length > 0 && length <= MAX_NAME && strspn (name, G_CSET_a_2_z
          G_CSET_A_2_Z G_CSET_DIGITS "-_") == length)
    return TRUE;
  return fail (error, "--name %s: 1 to %d letters, digits, - and _", name,
      MAX_NAME);
}

/**
 * worker_settings_take_keys:
 * @key: (inout): %NULL
 * @secret: (inout): %NULL
 * @error: which variable of the environment is wrong, and what to do
 *
 * Returns: whether the environment has a key of a server, and its secret
 */
gboolean
worker_settings_take_keys (gchar ** key, gchar ** secret, GError ** error)
{
  return take_variable (key, "LIVEKIT_API_KEY", "set it to one of the server's "
      "API keys (a server that runs with --dev has devkey, with the secret "
      "`secret`)", error)
      && take_secret (secret, error);
}

/**
 * worker_settings_complete:
 * @settings: from the command line
 * @error: which variable of the environment is wrong, and what to do
 *
 * Returns: whether there is all that a worker needs
 */
gboolean
worker_settings_complete (WorkerSettings * settings, GError ** error)
{
  gboolean option = settings->url != NULL;
  const gchar *agent_name = g_getenv ("LIVEKIT_AGENT_NAME");

  if (!settings->agent_name && agent_name && *agent_name)
    settings->agent_name = g_strdup (agent_name);
  if (settings->agent_name && (!g_utf8_validate (settings->agent_name, -1, NULL)
          || strlen (settings->agent_name) > 256))
    return fail (error, "the agent's name has at most 256 bytes of UTF-8");
  if (!settings->name)
    settings->name = make_name (settings->agent_name);
  return check_name (settings->name, error)
      && trace_settings_complete (&settings->traces, error)
      && take_variable (&settings->url, "LIVEKIT_URL", "set it to the URL of "
      "the LiveKit server, such as wss://example.livekit.cloud or "
      "ws://localhost:7880, or give --url", error)
      && check_url (settings->url, option, error)
      && worker_settings_take_keys (&settings->key, &settings->secret, error);
}

/**
 * worker_settings_clear:
 * @settings: to be emptied
 */
void
worker_settings_clear (WorkerSettings * settings)
{
  g_free (settings->persona);
  g_free (settings->rules);
  g_strfreev (settings->personas);
  g_free (settings->url);
  g_free (settings->key);
  gst_voice_secret_free (settings->secret);
  g_free (settings->agent_name);
  g_free (settings->name);
  g_free (settings->db);
  delivery_clear (&settings->delivery);
  g_free (settings->http);
  trace_settings_clear (&settings->traces);
  memset (settings, 0, sizeof *settings);
}
