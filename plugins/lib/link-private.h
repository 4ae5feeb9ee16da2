/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Inside the library only: how a transport (HTTP, WebSocket) plugs into a link.
 *
 * link.c owns the stage's side: it hands what the stage wants to the transport
 * on the network thread, in order, and what the transport tells to the stage's
 * task, in order. A transport knows neither the stage nor the task. It lives on
 * the network thread and has no locks. */

#include "link.h"

G_BEGIN_DECLS

/**
 * GstVoiceLinkTransport:
 * @open: begin, with what the link was set up with. What goes wrong is told
 *   with gst_voice_link_tell_closed(), within this call or later
 * @send: (nullable): one message, in order, also before it is open; a transport
 *   keeps it until then and fails beyond %GST_VOICE_LINK_MAX_UNSENT. When it
 *   has handed it on (or dropped it) it calls gst_voice_link_tell_sent(). Not
 *   called after gst_voice_link_tell_closed()
 * @expect: (nullable): an answer is owed from now on, or not any more
 * @caught_up: (nullable): the stage has taken all that was told, after
 *   gst_voice_link_is_behind() was %TRUE
 * @pause: (nullable): hold the answer back; deadlines stop. Without it, a peer
 *   that sends faster than the stage takes it ends the link
 * @close: nobody wants to know any more; nothing is told from now on. HTTP
 *   cancels, a socket closes politely behind what was sent, by itself, within
 *   bounded time. Not called after the transport has told the end, nor twice
 * @free: (nullable): frees `impl`, in any thread, when nothing refers to the
 *   link any more. Whoever has an operation under way on the network thread
 *   holds a reference to the link
 *
 * All but @free run on the network thread, @open first, with a reference to the
 * link held.
 */
typedef struct
{
  void (*open) (GstVoiceLink * link);
  void (*send) (GstVoiceLink * link, GBytes * message, gboolean binary);
  void (*expect) (GstVoiceLink * link, gboolean expecting);
  void (*caught_up) (GstVoiceLink * link);
  void (*pause) (GstVoiceLink * link, gboolean paused);
  void (*close) (GstVoiceLink * link);
  void (*free) (gpointer impl);
} GstVoiceLinkTransport;

/* What may wait before a socket is open. */
#define GST_VOICE_LINK_MAX_UNSENT (4 * 1024 * 1024)

struct _GstVoiceLink
{
  /* set before it is opened, then read only */
  const GstVoiceLinkTransport *transport;
  gchar *method;                /* HTTP only */
  gchar *url;                   /* never in an error or a log: keys */
  GPtrArray *headers;           /* name, value, name, …; wiped when freed */
  GBytes *body;
  gchar *content_type;
  GstVoiceLinkDeadlines deadlines;
  gsize max_message;
  gboolean fresh;               /* HTTP: on a connection of its own */
  guint ping;                   /* s, 0 for none */
  GstVoiceLinkEvents events;
  gpointer data;

  /* atomic */
  gint refs;
  gint backlog;                 /* bytes told, and not yet taken by the task */
  gint choked;                  /* held back because of the backlog */
  gint awaited;                 /* its end is to be told to the transport */
  gint unsent;

  /* lock */
  GMutex lock;
  GstVoiceStage *stage;         /* not a reference; NULL once we closed it */

  /* task only */
  gboolean begun, open, over;
  gboolean paused;              /* by the stage */
  gchar *request_id;            /* (nullable): once it is open */
  gint64 opened_us;             /* when gst_voice_link_open () was called */
  gint64 first_us;              /* when the first message came, or 0 */

  /* network thread only */
  gpointer impl;                /* the transport's */
  gboolean was_opened, was_closed, told_closed, received;
  gboolean want_pause, want_choke, held;
};

/* In the task. Takes @impl. */
G_GNUC_INTERNAL GstVoiceLink *gst_voice_link_new (GstVoiceStage * stage,
    const GstVoiceLinkTransport * transport, const gchar * url,
    gsize max_message, gpointer impl);
G_GNUC_INTERNAL GstVoiceLink *gst_voice_link_ref (GstVoiceLink * link);
G_GNUC_INTERNAL void gst_voice_link_unref (GstVoiceLink * link);

/* On the network thread, by the transport. */
G_GNUC_INTERNAL void gst_voice_link_tell_opened (GstVoiceLink * link,
    const gchar * request_id);
/* @event: (nullable); @text: (transfer full): with a zero byte behind @size.
 * Must be valid UTF-8. */
G_GNUC_INTERNAL void gst_voice_link_tell_text (GstVoiceLink * link,
    const gchar * event, gchar * text, gsize size);
G_GNUC_INTERNAL void gst_voice_link_tell_binary (GstVoiceLink * link,
    GBytes * bytes);
/* @end: copied; its error too. `received` is filled in by link.c. Further calls
 * are ignored, and so is everything told after it. */
G_GNUC_INTERNAL void gst_voice_link_tell_closed (GstVoiceLink * link,
    const GstVoiceLinkEnd * end);
G_GNUC_INTERNAL void gst_voice_link_tell_sent (GstVoiceLink * link,
    gsize bytes);
/* Whether the stage has not taken all that was told. If so, the transport is
 * told when it has: a deadline that passes meanwhile is our own fault. */
G_GNUC_INTERNAL gboolean gst_voice_link_is_behind (GstVoiceLink * link);
/* FALSE once it was closed by either side: what comes in need not be parsed. */
G_GNUC_INTERNAL gboolean gst_voice_link_listens (GstVoiceLink * link);

G_END_DECLS
