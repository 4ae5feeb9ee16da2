/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* What a call process is told on its socket: first an order, then commands.
 * One message is one JSON object. */

/* Bound of a message, and of a report in the other direction. */
#define CALL_MESSAGE_MAX (128 * 1024)

/* All that a call is made of. Strings may be %NULL unless said. Secrets are in
 * an order and nowhere else: not in arguments, titles or logs. */
typedef struct
{
  gchar *call_id;               /* never NULL; does as the name of a file */
  gchar *journal_dir;           /* never NULL: the spool */

  /* Either a room … */
  gchar *url, *token;
  gchar *participant;           /* whom to follow; else the first */
  gchar *room, *job_id;         /* for variables and people */
  /* … or who calls by WebRTC … */
  gchar *offer;                 /* report `answer` answers */
  gchar *stun_server;
  guint min_port, max_port;
  gboolean loopback;
  /* … or the description of a whole call, with who calls and who listens. */
  gchar *description;

  gchar *persona;               /* a file; the default of the rules */
  gchar *rules;                 /* a file: persona-rules.h */
  gchar *metadata;              /* of the job: JSON gives variables */
  GHashTable *variables;        /* of strings */
  GHashTable *attributes;       /* of the participant, if they are known */

  gchar *webhook, *webhook_secret;      /* unless the persona has one */
  gchar *record;                /* a file to record into */
  gchar *health;                /* of providers: gst_voice_health_load() */
  gboolean simulate;
  guint64 memory_limit;         /* bytes; 0: CALL_MEMORY_LIMIT */
} CallOrder;

#define CALL_MEMORY_LIMIT (G_GUINT64_CONSTANT (256) * 1024 * 1024)

typedef enum
{
  CALL_HANGUP,                  /* text: the reason, or NULL */
  CALL_SAY,
  CALL_INJECT,                  /* a note for the model */
  CALL_DUMP,                    /* report `dumped` answers */
  CALL_INTERRUPT,
  CALL_TYPE,                    /* a line that the caller has written */
  CALL_LEAVE,                   /* the caller has, as signalling says */
} CallCommand;

void call_order_clear (CallOrder * order);
gchar *call_order_to_json (const CallOrder * order, GError ** error);
gboolean call_order_parse (CallOrder * order, const gchar * text,
    gsize length, GError ** error);
gchar *call_command_to_json (CallCommand command, const gchar * text);
gboolean call_command_parse (CallCommand * command, gchar ** text,
    const gchar * json, gsize length, GError ** error);
