/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The command line of `gst-voice serve`. An error says what is wrong with it
 * and what to do.
 *
 * Threads: the main thread, before there are others. Locks: none.
 */
#include "serve-settings.h"

#include "persona-find.h"
#include "serve-guard.h"

#include <gst-voice/secret.h>
#include <gst/gst.h>
#include <rtc-server.h>
#include <string.h>

#define DEFAULT_LISTEN "127.0.0.1:8080"
#define DEFAULT_MAX_CALLS 8
#define MAX_MAX_CALLS 1000
#define MIN_TOKEN 16

static const gchar summary[] = "Talk to a persona in a browser.";

static const gchar description[] =
    "PERSONA is a file such as pipelines/clinic.json, or the name of an "
    "installed one; the\npage lets choose among several. Browsers give a "
    "microphone only to pages from this\nmachine or over HTTPS, so for others "
    "--listen goes with --tls-cert and --tls-key.\nWhere others can connect a "
    "token is asked for, which is part of the address that is\nprinted.\n\n"
    "Examples:\n"
    "  gst-voice serve clinic\n"
    "  gst-voice serve clinic.json sales.json --max-calls 2\n"
    "  gst-voice serve clinic --listen :8443 --tls-cert cert.pem --tls-key "
    "key.pem\n\n"
    "Exit status: 0 when it was ended, 1 when it could not work, 2 for a wrong "
    "command\nline. docs/serve.md tells more.\n";

typedef struct
{
  gchar *listen, *cert, *key, *token, *ports, *log, *level;
  gint max_calls;
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
read_address (ServeSettings * settings, const gchar * text, GError ** error)
{
  const gchar *colon = strrchr (text, ':');
  gchar *name = colon ? g_strndup (text, colon - text) : NULL;
  gsize length = name ? strlen (name) : 0;
  guint64 port = 0;
  gboolean ok = colon && g_ascii_string_to_unsigned (colon + 1, 10, 0,
      G_MAXUINT16, &port, NULL);

  if (ok && length > 0) {
    if (length > 2 && *name == '[' && name[length - 1] == ']') {
      name[length - 1] = '\0';
      settings->address = g_inet_address_new_from_string (name + 1);
    } else {
      settings->address = g_inet_address_new_from_string (strcmp (name,
              "localhost") == 0 ? "127.0.0.1" : name);
    }
    ok = settings->address != NULL;
  }
  g_free (name);
  settings->listen = g_strdup (text);
  settings->port = port;
  settings->loopback = settings->address
      && g_inet_address_get_is_loopback (settings->address);
  return ok || fail (error, "--listen %s: write HOST:PORT with an address of "
      "this machine, or :PORT for all of them", text);
}

static gboolean
read_certificate (ServeSettings * settings, const Raw * raw, GError ** error)
{
  GError *why = NULL;

  if (!raw->cert && !raw->key)
    return TRUE;
  if (!raw->cert || !raw->key)
    return fail (error, "--tls-cert and --tls-key go together");
  settings->certificate = g_tls_certificate_new_from_files (raw->cert,
      raw->key, &why);
  if (settings->certificate)
    return TRUE;
  fail (error, "--tls-cert %s: %s", raw->cert, why->message);
  g_error_free (why);
  return FALSE;
}

static gboolean
read_token (ServeSettings * settings, const gchar * spec, GError ** error)
{
  GError *why = NULL;

  if (!spec)
    return TRUE;
  settings->token = gst_voice_secret_resolve (spec, &why);
  if (!settings->token) {
    fail (error, "--token: %s", why->message);
    g_error_free (why);
    return FALSE;
  }
  if (strlen (settings->token) < MIN_TOKEN || strspn (settings->token,
          G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "-_.~+/=") <
      strlen (settings->token))
    return fail (error, "--token: at least %d letters, digits and -_.~+/=; "
        "without the option one is made", MIN_TOKEN);
  return TRUE;
}

static gboolean
read_ports (ServeSettings * settings, const gchar * text, GError ** error)
{
  gchar **parts = text ? g_strsplit (text, "-", 3) : NULL;
  guint64 low, high;
  gboolean ok = !parts || (g_strv_length (parts) == 2
      && g_ascii_string_to_unsigned (parts[0], 10, 1, G_MAXUINT16, &low, NULL)
      && g_ascii_string_to_unsigned (parts[1], 10, low, G_MAXUINT16, &high,
          NULL));

  if (parts && ok) {
    settings->min_port = low;
    settings->max_port = high;
  }
  g_strfreev (parts);
  return ok || fail (error, "--ports %s: write LOWEST-HIGHEST, such as "
      "50000-50100", text);
}

static gboolean
check_stun (const gchar * url, GError ** error)
{
  RtcServer server;
  gchar *host = NULL;
  gboolean ok = !url || (rtc_server_parse (url, &server, &host)
      && server.kind == RTC_SERVER_STUN);

  g_free (host);
  return ok || fail (error, "--stun %s: write stun:HOST or stun:HOST:PORT",
      url);
}

static gboolean
read_raw (ServeSettings * settings, const Raw * raw, GError ** error)
{
  if (raw->max_calls < 1 || raw->max_calls > MAX_MAX_CALLS)
    return fail (error, "--max-calls %d: 1 to %d", raw->max_calls,
        MAX_MAX_CALLS);
  settings->max_calls = raw->max_calls;
  if (raw->log && !log_parse_format (raw->log, &settings->log))
    return fail (error, "--log %s: text or json", raw->log);
  if (raw->level && !log_parse_level (raw->level, &settings->level))
    return fail (error, "--log-level %s: debug, info, warning or error",
        raw->level);
  return read_address (settings, raw->listen ? raw->listen : DEFAULT_LISTEN,
      error) && read_certificate (settings, raw, error)
      && read_token (settings, raw->token, error)
      && read_ports (settings, raw->ports, error)
      && check_stun (settings->stun_server, error);
}

static gboolean
read_options (ServeSettings * settings, Raw * raw, int *argc, char ***argv,
    GError ** error)
{
  const GOptionEntry entries[] = {
    {"listen", 'l', 0, G_OPTION_ARG_STRING, &raw->listen,
        "where (" DEFAULT_LISTEN "); :PORT is everywhere", "HOST:PORT"},
    {"tls-cert", 0, 0, G_OPTION_ARG_FILENAME, &raw->cert,
        "HTTPS with this certificate, and those of its issuers", "FILE"},
    {"tls-key", 0, 0, G_OPTION_ARG_FILENAME, &raw->key,
        "and this private key (PEM)", "FILE"},
    {"token", 't', 0, G_OPTION_ARG_STRING, &raw->token,
        "who calls must know this; env:NAME, file:PATH", "TOKEN"},
    {"max-calls", 'm', 0, G_OPTION_ARG_INT, &raw->max_calls,
        "so many at a time (8)", "N"},
    {"db", 'd', 0, G_OPTION_ARG_FILENAME, &settings->db,
        "database of calls, or none", "FILE"},
    {"stun", 0, 0, G_OPTION_ARG_STRING, &settings->stun_server,
        "who tells us the address by which others reach us", "URL"},
    {"ports", 0, 0, G_OPTION_ARG_STRING, &raw->ports,
        "UDP ports for sound", "LOWEST-HIGHEST"},
    {"log", 0, 0, G_OPTION_ARG_STRING, &raw->log, "text or json", "FORMAT"},
    {"log-level", 0, 0, G_OPTION_ARG_STRING, &raw->level,
        "debug, info, warning or error", "LEVEL"},
    {NULL}
  };
  GOptionContext *context = g_option_context_new ("PERSONA…");
  gboolean ok;

  g_option_context_set_summary (context, summary);
  g_option_context_set_description (context, description);
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  ok = g_option_context_parse (context, argc, argv, error);
  g_option_context_free (context);
  return ok;
}

/**
 * serve_settings_parse:
 * @settings: (inout): zeroes
 * @argc: (inout): of the verb
 * @argv: (inout): of the verb
 * @error: what is wrong with it
 *
 * Returns: whether the command line is right
 */
gboolean
serve_settings_parse (ServeSettings * settings, int *argc, char ***argv,
    GError ** error)
{
  Raw raw = {.max_calls = DEFAULT_MAX_CALLS };
  gboolean ok;

  settings->log = LOG_TEXT;
  settings->level = LOG_LEVEL_INFO;
  ok = read_options (settings, &raw, argc, argv, error)
      && read_raw (settings, &raw, error);
  if (ok && *argc < 2)
    ok = fail (error, "which persona? gst-voice serve PERSONA");
  else if (ok)
    settings->personas = g_strdupv (*argv + 1);
  g_free (raw.listen);
  g_free (raw.cert);
  g_free (raw.key);
  g_free (raw.token);
  g_free (raw.ports);
  g_free (raw.log);
  g_free (raw.level);
  return ok;
}

static gboolean
find_personas (gchar ** personas, GError ** error)
{
  for (guint i = 0; personas[i]; i++) {
    gchar *path = persona_find (personas[i], NULL, error);

    if (!path)
      return FALSE;
    g_free (personas[i]);
    personas[i] = path;
  }
  return TRUE;
}

/* The page names them so. */
static gboolean
check_names (gchar ** personas, GError ** error)
{
  for (guint i = 0; personas[i]; i++) {
    gchar *name = g_path_get_basename (personas[i]);

    for (guint k = 0; k < i; k++) {
      gchar *other = g_path_get_basename (personas[k]);
      gboolean same = strcmp (name, other) == 0;

      g_free (other);
      if (same) {
        fail (error, "two personas are called %s", name);
        g_free (name);
        return FALSE;
      }
    }
    g_free (name);
  }
  return TRUE;
}

/**
 * serve_settings_complete:
 * @settings: from the command line
 * @error: what is missing
 *
 * Returns: whether there is all that is needed
 */
gboolean
serve_settings_complete (ServeSettings * settings, GError ** error)
{
  if (!find_personas (settings->personas, error)
      || !check_names (settings->personas, error))
    return FALSE;
  if (!settings->token && !settings->loopback)
    settings->token = serve_guard_secret ();
  return settings->token || settings->loopback
      || fail (error, "the machine has no randomness for a token");
}

/**
 * serve_settings_clear:
 * @settings: to be emptied
 */
void
serve_settings_clear (ServeSettings * settings)
{
  g_strfreev (settings->personas);
  g_free (settings->listen);
  g_clear_object (&settings->address);
  g_clear_object (&settings->certificate);
  gst_voice_secret_free (settings->token);
  g_free (settings->db);
  g_free (settings->stun_server);
  memset (settings, 0, sizeof *settings);
}
