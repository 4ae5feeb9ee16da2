/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libsoup/soup.h>

/* A LiveKit server as a worker sees it, in the main context of the test: the
 * socket for workers and two of the APIs. What it hears is written down. */
typedef struct
{
  SoupServer *server;
  gchar *url, *key, *secret;
  GPtrArray *sockets;           /* in the order of registration */
  GPtrArray *accepted;          /* registered or not */
  GString *heard;               /* since it was last looked at */
  guint registered;             /* how often, in all */
  guint refuse;                 /* a status in place of a socket, or 0 */
  gchar *refusal;               /* the text with it */
  gchar *participants;          /* answer to ListParticipants */
  GPtrArray *dispatches;        /* bodies of CreateDispatch: AD_1, … */
  guint untaken;                /* so many of them no worker takes */
  GString *asked;               /* the other APIs of dispatches, and of what */
  guint fault;                  /* a status in place of an answer, or 0 */
} LivekitPeer;

LivekitPeer *livekit_peer_new (void);
void livekit_peer_free (LivekitPeer * peer);

/* By TLS from now on, at another URL. @pem: a file with key and certificate. */
void livekit_peer_secure (LivekitPeer * peer, const gchar * pem);

void livekit_peer_offer (LivekitPeer * peer, guint socket, const gchar * job,
    const gchar * room, const gchar * redispatched);
void livekit_peer_assign (LivekitPeer * peer, guint socket, const gchar * job,
    const gchar * room, const gchar * redispatched);
void livekit_peer_terminate (LivekitPeer * peer, guint socket,
    const gchar * job);
void livekit_peer_drop (LivekitPeer * peer);
