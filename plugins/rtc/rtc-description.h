/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#define RTC_MAX_DESCRIPTION (512 * 1024)        /* bytes */
#define RTC_MAX_SECTIONS 256
#define RTC_MAX_TOKEN 256       /* bytes of a name in a description */

typedef enum
{
  RTC_AUDIO,
  RTC_CHANNELS,                 /* data, by SCTP */
  RTC_OTHER,                    /* video, what comes after us */
} RtcKind;

typedef enum
{
  RTC_SETUP_ACTPASS,            /* either; also what is not told */
  RTC_SETUP_ACTIVE,             /* begins DTLS */
  RTC_SETUP_PASSIVE,
} RtcSetup;

/* How to reach the other side. Strings are %NULL where it does not say. */
typedef struct
{
  gchar *ufrag, *password;
  gchar *hash, *fingerprint;    /* the first one that DTLS here knows */
  gboolean has_setup;
  RtcSetup setup;
} RtcTransport;

/* An m-line and what belongs to it. Strings are never %NULL. */
typedef struct
{
  RtcKind kind;
  gchar *media, *protocol, *formats;    /* of the line itself */
  gchar *mid;
  gboolean rejected;            /* port 0, and not since it is bundled */
  gboolean usable;              /* we can take part in it */
  gboolean sends, receives;     /* the one whose description this is */
  RtcTransport transport;       /* its own, else the session's */
  GPtrArray *candidates;        /* of gchar *, `candidate:…` */

  /* audio */
  gboolean rtcp_mux;
  gint opus;                    /* payload type, or -1 */
  guint level_id, mid_id;       /* header extensions; 0: none */
  guint32 ssrc;                 /* 0: not told */
  gchar *stream, *id;           /* of `msid` */

  /* channels */
  guint sctp_port;
  gsize max_message;            /* bytes; 0: any */
} RtcSection;

/* What one side says of itself (RFC 8829, RFC 8866). */
typedef struct
{
  gboolean lite;                /* ICE: it only answers */
  GPtrArray *sections;          /* of RtcSection */
  const RtcSection *carrier;    /* whose transport all use, or NULL */
} RtcDescription;

/* What ours say, whatever is in them. */
typedef struct
{
  guint64 session;              /* the same for all of a connection */
  guint version;                /* one more each time */
  const gchar *ufrag, *password, *fingerprint;  /* by sha-256 */
  const gchar *cname;
} RtcSelf;

/* A section of an offer of ours; its number is its mid. */
typedef struct
{
  RtcKind kind;                 /* audio or channels */
  const gchar *stream, *id;     /* %NULL: we do not send (now) */
  guint32 ssrc;
  gboolean receives;            /* a track of the other side, too */
} RtcOffered;

RtcDescription *rtc_description_parse (const gchar * sdp, GError ** error);
void rtc_description_free (RtcDescription * self);
gchar *rtc_description_write_offer (const RtcSelf * self,
    const RtcOffered * sections, guint n);
const RtcSection *rtc_description_find_listener (const RtcDescription * self);
gchar *rtc_description_write_answer (const RtcSelf * self,
    const RtcDescription * offer, gboolean active, const RtcOffered * track);
gchar *rtc_description_add_candidates (const gchar * sdp,
    const gchar * const *candidates, guint n);
gboolean rtc_description_is_token (const gchar * text);
