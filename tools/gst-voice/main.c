/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The command `gst-voice`: finds the verb and calls it.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "verbs.h"

#include <locale.h>
#include <string.h>

static const Verb verbs[] = {
  {"run", "play a call with a persona in the terminal", verb_run},
  {"check", "check personas and pipeline descriptions", verb_check},
  {"calls", "list, show, export and delete recorded calls", verb_calls},
#ifdef HAVE_RTC
  {"serve", "talk to a persona in a browser", verb_serve},
#endif
  {"outbox", "what is to be delivered, and could not be", verb_outbox},
  {"report", "draw a call: where the time of each turn went", verb_report},
  {"chat", "write with a persona, without sound", verb_chat},
  {"eval", "test personas with scenarios, before they are used", verb_eval},
#ifdef HAVE_LIVEKIT
  {"worker", "take the calls of a LiveKit server", verb_worker},
  {"ctl", "look at the calls of running workers, and speak in them", verb_ctl},
  {"token", "print a token to join a room of a LiveKit server", verb_token},
#endif
  {"zygote", NULL, verb_zygote},
};

static int
call_verb (const Verb * verb, int argc, char **argv)
{
  gchar *name = g_strconcat ("gst-voice ", verb->name, NULL);

  /* What its help calls it. */
  g_set_prgname (name);
  g_free (name);
  return verb->main (argc, argv);
}

static void
print_help (void)
{
  g_print ("Usage: gst-voice VERB [OPTION…]\n\n"
      "Voice agents as GStreamer pipelines.\n\nVerbs:\n");
  for (guint i = 0; i < G_N_ELEMENTS (verbs); i++) {
    if (verbs[i].summary)
      g_print ("  %-8s %s\n", verbs[i].name, verbs[i].summary);
  }
  g_print ("\n`gst-voice VERB --help` tells more. `gst-voice --version` tells "
      "the version.\n");
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  if (argc < 2 || strcmp (argv[1], "--help") == 0
      || strcmp (argv[1], "-h") == 0 || strcmp (argv[1], "help") == 0) {
    print_help ();
    return argc < 2 ? EXIT_USAGE : EXIT_OK;
  }
  if (strcmp (argv[1], "--version") == 0) {
    g_print ("gst-voice " VERSION "\n");
    return EXIT_OK;
  }
  for (guint i = 0; i < G_N_ELEMENTS (verbs); i++) {
    if (strcmp (argv[1], verbs[i].name) == 0)
      return call_verb (&verbs[i], argc - 1, argv + 1);
  }
  g_printerr ("gst-voice: there is no verb '%s'; `gst-voice --help` lists "
      "them\n", argv[1]);
  return EXIT_USAGE;
}
