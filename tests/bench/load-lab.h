/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "load-cutter.h"

#include <gio/gio.h>
#include <json-glib/json-glib.h>

/* A livekit-server, a load generator and either a worker or, behind a relay and
 * a proxy, an agent that returns what it hears. They end with us. */
typedef struct
{
  gchar *home, *config, *url;
  guint16 port, media_port;
  GSubprocess *server, *worker, *load, *relay, *echo;
  GDataInputStream *answers, *counts;
  LoadCutter *cutter;
} LoadLab;

gboolean load_lab_start (LoadLab * lab, const gchar * build);
gboolean load_lab_start_echo (LoadLab * lab, const gchar * build);
void load_lab_stop (LoadLab * lab);
void load_lab_restart_server (LoadLab * lab);
JsonNode *load_lab_ask (LoadLab * lab, const gchar * format, ...)
G_GNUC_PRINTF (2, 3);
void load_lab_relay (LoadLab * lab, const gchar * settings);
void load_lab_join_echo (LoadLab * lab, const gchar * room);
void load_lab_leave_echo (LoadLab * lab);
gint load_lab_pid (GSubprocess * process);
gint load_lab_zygote (LoadLab * lab);
GArray *load_lab_calls (LoadLab * lab);
GHashTable *load_lab_assigned (LoadLab * lab);
void load_lab_turns (LoadLab * lab, gint64 since, GArray * own,
    GArray * commits);
