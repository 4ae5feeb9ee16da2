/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

/* A livekit-server, a worker and a load generator, which end with us. */
typedef struct
{
  gchar *home, *config, *url;
  GSubprocess *server, *worker, *load;
  GDataInputStream *answers;
} LoadLab;

gboolean load_lab_start (LoadLab * lab, const gchar * build);
void load_lab_stop (LoadLab * lab);
void load_lab_restart_server (LoadLab * lab);
JsonNode *load_lab_ask (LoadLab * lab, const gchar * format, ...)
G_GNUC_PRINTF (2, 3);
gint load_lab_pid (GSubprocess * process);
gint load_lab_zygote (LoadLab * lab);
GArray *load_lab_calls (LoadLab * lab);
GHashTable *load_lab_assigned (LoadLab * lab);
void load_lab_turns (LoadLab * lab, gint64 since, GArray * own,
    GArray * commits);
