/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `gst-voice token`: a token with which somebody may join a room of a LiveKit
 * server, printed. It is made here, from the server's key and secret; the
 * server is not asked.
 *
 * Threads: the main thread. Locks: none.
 */
#include "verbs.h"
#include "worker-settings.h"

#include <gst-voice/secret.h>
#include <jwt.h>

#define DEFAULT_TTL 3600
#define MAX_TTL (10 * 365 * 24 * 3600)

typedef struct
{
  gchar *room, *identity, *name, *metadata;
  gint ttl;
} Options;

static void
complain (const gchar * text)
{
  g_printerr ("gst-voice token: %s\n", text);
}

static gboolean
parse (Options * options, int *argc, char ***argv)
{
  GOptionEntry entries[] = {
    {"room", 'r', 0, G_OPTION_ARG_STRING, &options->room,
        "the room to join", "ROOM"},
    {"identity", 'i', 0, G_OPTION_ARG_STRING, &options->identity,
        "who joins (caller); unique in the room", "IDENTITY"},
    {"name", 'n', 0, G_OPTION_ARG_STRING, &options->name,
        "what people see", "NAME"},
    {"metadata", 'm', 0, G_OPTION_ARG_STRING, &options->metadata,
        "of the participant", "TEXT"},
    {"ttl", 't', 0, G_OPTION_ARG_INT, &options->ttl,
        "for how long one may join with it (3600)", "SECONDS"},
    {NULL}
  };
  GOptionContext *context = g_option_context_new ("--room ROOM");
  GError *error = NULL;
  gboolean ok;

  g_option_context_set_summary (context,
      "Print a token with which a caller joins a room of a LiveKit server.");
  g_option_context_set_description (context, "Environment:\n"
      "  LIVEKIT_API_KEY     as in the server's keys\n"
      "  LIVEKIT_API_SECRET  the secret itself or file:PATH\n\n"
      "Who has the token can speak in the room; it is as good as a password "
      "until it expires.\nExit status: 0, 1 if there is no token, 2 for a "
      "wrong command line.\n\nExamples:\n"
      "  gst-voice token --room test\n"
      "  gst-voice token --room test --identity anna --name Anna --ttl 600\n");
  g_option_context_add_main_entries (context, entries, NULL);
  ok = g_option_context_parse (context, argc, argv, &error);
  g_option_context_free (context);
  if (!ok)
    complain (error->message);
  g_clear_error (&error);
  return ok;
}

static gboolean
check (const Options * options, int argc, char **argv)
{
  gchar *text = NULL;

  if (argc > 1)
    text = g_strdup_printf ("what is '%s'? A room is named by --room ROOM",
        argv[1]);
  else if (!options->room)
    text = g_strdup ("which room? --room ROOM");
  else if (options->ttl <= 0 || options->ttl > MAX_TTL)
    text = g_strdup ("--ttl: a number of seconds");
  if (text)
    complain (text);
  g_free (text);
  return text == NULL;
}

static gboolean
print_token (const Options * options, GError ** error)
{
  LivekitGrants grants = {.room = options->room,.room_join = TRUE,
    .identity = options->identity ? options->identity : "caller",
    .name = options->name,.metadata = options->metadata,
    .update_own_metadata = TRUE
  };
  gchar *key = NULL, *secret = NULL, *token = NULL;

  if (worker_settings_take_keys (&key, &secret, error))
    token = livekit_jwt_make (key, secret, &grants, g_get_real_time ()
        / G_USEC_PER_SEC, options->ttl, error);
  if (token)
    g_print ("%s\n", token);
  gst_voice_secret_free (secret);
  g_free (key);
  if (!token)
    return FALSE;
  gst_voice_secret_free (token);
  return TRUE;
}

/**
 * verb_token:
 * @argc: of the verb
 * @argv: of the verb, its name first
 *
 * Returns: the exit status
 */
int
verb_token (int argc, char **argv)
{
  Options options = {.ttl = DEFAULT_TTL };
  GError *error = NULL;
  int status = EXIT_USAGE;

  if (parse (&options, &argc, &argv) && check (&options, argc, argv)) {
    status = print_token (&options, &error) ? EXIT_OK : EXIT_FAILED;
    if (error)
      complain (error->message);
  }
  g_clear_error (&error);
  g_free (options.room);
  g_free (options.identity);
  g_free (options.name);
  g_free (options.metadata);
  return status;
}
