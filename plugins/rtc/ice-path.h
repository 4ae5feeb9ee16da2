/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "rtc-server.h"

#include <gio/gio.h>

/* Everything is copied. All zero: every address, UDP, no server. */
typedef struct
{
  gboolean controlling;         /* ICE: whoever has offered */
  const gchar *local_address;   /* the only one to use, or NULL for all */
  gboolean loopback;            /* that is one of all, too */
  const RtcServer *servers;
  guint n_servers;
  gboolean relay_only;          /* nobody learns an address of ours */
  guint min_port, max_port;     /* ours, TURN's aside; 0 for any */
  gboolean tcp;                 /* ICE over TCP, too */
  guint patience;               /* ms to find a path in; 0: 15 s */
  guint tcp_wait;               /* ms that TCP waits for UDP; 0: 300 */
} RtcSettings;

/* The path that media takes; constant strings. */
typedef struct
{
  const gchar *local, *remote;  /* host, srflx, prflx, relay */
  const gchar *transport;       /* udp, tcp; of a relay: beyond it */
  guint family;                 /* 4, 6; 0: there is no path yet */
} RtcPath;

/* What ICE does between two restarts: it looks for a path, keeps it open and
 * notices when it is gone. */
typedef struct _IcePath IcePath;

/* Called on the network thread; the path may be freed in any of them. */
typedef struct
{
  /* A candidate of ours, `candidate:…`; NULL: no more. */
  void (*candidate) (gpointer data, IcePath * path, const gchar * candidate);
  void (*found) (gpointer data, IcePath * path);
  void (*lost) (gpointer data, IcePath * path, const GError * error);
  void (*datagram) (gpointer data, IcePath * path, const guint8 * datagram,
      gsize size);
} IcePathEvents;

IcePath *ice_path_new (const RtcSettings * settings,
    const IcePathEvents * events, gpointer data);
void ice_path_free (IcePath * self);
const gchar *ice_path_get_ufrag (const IcePath * self);
const gchar *ice_path_get_password (const IcePath * self);
gboolean ice_path_gather (IcePath * self);
void ice_path_set_controlling (IcePath * self, gboolean controlling);
gboolean ice_path_set_remote (IcePath * self, const gchar * ufrag,
    const gchar * password);
gboolean ice_path_has_remote (const IcePath * self);
gboolean ice_path_is_to (const IcePath * self, const gchar * ufrag,
    const gchar * password);
gboolean ice_path_add_candidate (IcePath * self, const gchar * candidate);
gboolean ice_path_is_found (const IcePath * self);
gboolean ice_path_is_lost (const IcePath * self);
gboolean ice_path_send (IcePath * self, const guint8 * data, gsize size);
void ice_path_get (const IcePath * self, RtcPath * path);
