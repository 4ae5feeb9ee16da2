/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An agent that returns what it hears, `livekitsrc ! livekitsink`, through a
 * real server: how long a tone is on its way there and back, and how much of it
 * is not heard when the agent's signalling is cut or its path dies. The caller
 * has a good line; what is lost is lost on the agent's, both ways.
 *
 * Threads: one. Locks: none.
 */
#include "livekit-echo.h"

#include "figures.h"
#include "load-lab.h"

#define BURSTS 2                /* of livekit-load's command `talk` */
#define TONE 3
#define SETTLE 3                /* s */
#define MAX_MINUTES 10
#define PATIENCE 45             /* s */
#define FRAME_MS 20

static void
tell (LoadLab * lab, const gchar * command)
{
  json_node_unref (load_lab_ask (lab, "%s", command));
}

static void
rest (guint seconds)
{
  g_usleep (seconds * G_USEC_PER_SEC);
}

/* Returns: (transfer none): the figures of the one caller there is */
static JsonObject *
look (LoadLab * lab, JsonNode ** report)
{
  *report = load_lab_ask (lab, "report");
  return json_array_get_object_element (json_object_get_array_member
      (json_node_get_object (*report), "callers"), 0);
}

/* A caller and the agent, in a room of their own; FALSE: nothing comes back. */
static gboolean
meet (LoadLab * lab, guint talk)
{
  static guint rooms;
  gchar *room = g_strdup_printf ("echo-%u", rooms++);
  gchar *there = g_strdup_printf ("%s-0", room);
  JsonNode *greeted;
  gboolean heard;

  json_node_unref (load_lab_ask (lab, "join 1 0 %s", room));
  tell (lab, "joined 20");
  json_node_unref (load_lab_ask (lab, "talk %u", talk));
  rest (SETTLE);
  load_lab_relay (lab, "spare=1");
  load_lab_join_echo (lab, there);
  greeted = load_lab_ask (lab, "greeted 20");
  heard = json_object_get_int_member (json_node_get_object (greeted), "done")
      == 1;
  json_node_unref (greeted);
  g_free (there);
  g_free (room);
  return heard;
}

static void
part (LoadLab * lab)
{
  load_lab_leave_echo (lab);
  tell (lab, "leave");
}

static void
measure_delay (LoadLab * lab, const gchar * what, const gchar * line,
    guint seconds)
{
  GArray *ways = g_array_new (FALSE, FALSE, sizeof (gdouble));
  gboolean heard = meet (lab, BURSTS);
  JsonObject *caller;
  JsonNode *report;
  JsonArray *list;

  load_lab_relay (lab, line);
  rest (SETTLE);
  tell (lab, "forget");
  rest (heard ? seconds : 0);
  caller = look (lab, &report);
  list = json_object_get_array_member (caller, "replies");
  for (guint i = 0; i < json_array_get_length (list); i++) {
    gdouble ms = json_array_get_double_element (list, i);

    g_array_append_val (ways, ms);
  }
  figures_spread (what, "", ways);
  figures_row ("- - bursts that did not come back", "", "%u",
      (guint) json_object_get_int_member (caller, "unanswered"));
  json_node_unref (report);
  g_array_unref (ways);
  load_lab_relay (lab, "loss=0");
  part (lab);
}

/* What was not heard of the tone, ms, -1 if it has not come back. */
static gdouble
lost_audio (LoadLab * lab)
{
  JsonNode *report;
  JsonObject *caller = look (lab, &report);
  JsonArray *gaps = json_object_get_array_member (caller, "gaps");
  gint64 silent = g_get_monotonic_time () - json_object_get_int_member (caller,
      "last-sound");
  gdouble lost = 0;

  for (guint i = 0; i < json_array_get_length (gaps); i++)
    lost += json_array_get_double_element (json_array_get_array_element (gaps,
            i), 1) - FRAME_MS;
  if (silent > G_USEC_PER_SEC / 5)
    lost = -1;
  json_node_unref (report);
  return lost;
}

/* Waits until the tone is there @least seconds after the fault. */
static void
measure_loss (LoadLab * lab, const gchar * what,
    void (*fault) (LoadLab *), guint least)
{
  gdouble before, lost = -1;
  gboolean heard = meet (lab, TONE);
  guint waited = 0;

  rest (SETTLE);
  tell (lab, "forget");
  rest (least);
  before = lost_audio (lab);
  tell (lab, "forget");
  if (heard)
    fault (lab);
  while (heard && waited < PATIENCE && (waited < least || lost < 0)) {
    rest (1);
    waited++;
    lost = lost_audio (lab);
  }
  if (lost < 0)
    figures_row (what, "", "%s", heard ? "it does not come back" : "no echo");
  else
    figures_row (what, "", "%.0f", lost);
  figures_row ("- - in as long a time before", "", "%.0f", before);
  part (lab);
}

static void
cut_signalling (LoadLab * lab)
{
  if (load_cutter_cut (lab->cutter) == 0)
    g_error ("no signalling goes through the proxy");
}

static void
kill_path (LoadLab * lab)
{
  load_lab_relay (lab, "dead=1");
}

/**
 * livekit_echo:
 * @build: the build folder
 * @seconds: for each delay; ten minutes at the most
 */
void
livekit_echo (const gchar * build, guint seconds)
{
  LoadLab lab = { 0 };

  if (!load_lab_start_echo (&lab, build)) {
    figures_row ("echo over LiveKit", "", "no livekit-server");
    return;
  }
  seconds = MIN (seconds, MAX_MINUTES * 60);
  measure_delay (&lab, "echo, tone sent -> back, ms, 0 % lost", "loss=0",
      seconds);
  measure_delay (&lab, "- 5 % lost on each of the agent's ways", "loss=5",
      seconds);
  measure_loss (&lab, "- lost audio, ms: the agent's signalling is cut",
      cut_signalling, 8);
  measure_loss (&lab, "- the agent's path dies", kill_path, 15);
  load_lab_stop (&lab);
}
