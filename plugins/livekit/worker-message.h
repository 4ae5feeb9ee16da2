/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model.h"

/* The messages between an agent worker and the server (agent protocol 1), as
 * plain values. Strings are never %NULL unless it says so. */

typedef enum
{
  LIVEKIT_JOB_ROOM,             /* once for a room */
  LIVEKIT_JOB_PUBLISHER,        /* for everybody who publishes */
  LIVEKIT_JOB_PARTICIPANT,      /* for everybody who joins */
} LivekitJobType;

typedef enum
{
  LIVEKIT_JOB_PENDING,
  LIVEKIT_JOB_RUNNING,
  LIVEKIT_JOB_SUCCESS,
  LIVEKIT_JOB_FAILED,
} LivekitJobStatus;

typedef struct
{
  gchar *id;
  gchar *dispatch;
  gchar *metadata;
  gchar *agent_name;
  LivekitJobType type;
  LivekitRoom *room;
  LivekitParticipant *participant;      /* (nullable) */
  GHashTable *attributes;
  gboolean record;
} LivekitJob;

typedef enum
{
  LIVEKIT_WORKER_OTHER,
  LIVEKIT_WORKER_REGISTERED,
  LIVEKIT_WORKER_OFFER,         /* the server asks whether we take the job */
  LIVEKIT_WORKER_ASSIGNMENT,
  LIVEKIT_WORKER_TERMINATION,
  LIVEKIT_WORKER_PONG,
} LivekitWorkerMessageType;

typedef struct
{
  LivekitWorkerMessageType type;
  gchar *id;                    /* REGISTERED: ours; TERMINATION: the job's */
  gchar *server_version;        /* REGISTERED */
  LivekitJob *job;              /* OFFER, ASSIGNMENT */
  gchar *url;                   /* ASSIGNMENT: empty = the worker's */
  gchar *token;                 /* ASSIGNMENT: to join the room */
  gint64 pong;                  /* PONG: the time that was sent */
} LivekitWorkerMessage;

LivekitJob *livekit_job_copy (const LivekitJob * job);
void livekit_job_free (LivekitJob * job);

LivekitWorkerMessage *livekit_worker_decode (const guint8 * data, gsize size,
    GError ** error);
void livekit_worker_message_free (LivekitWorkerMessage * message);

/* As whom the agent will join. */
typedef struct
{
  const gchar *identity;        /* (nullable): agent-<job> */
  const gchar *name;            /* (nullable) */
  const gchar *metadata;        /* (nullable) */
  GHashTable *attributes;       /* (nullable) */
} LivekitAcceptance;

GBytes *livekit_worker_encode_register (LivekitJobType type,
    const gchar * agent_name, const gchar * version);
GBytes *livekit_worker_encode_accept (const gchar * job,
    const LivekitAcceptance * acceptance);
GBytes *livekit_worker_encode_reject (const gchar * job, gboolean terminate);
GBytes *livekit_worker_encode_status (gboolean full, gfloat load, guint jobs);
GBytes *livekit_worker_encode_job (const gchar * job, LivekitJobStatus status,
    const gchar * text);
GBytes *livekit_worker_encode_ping (gint64 now_ms);
GBytes *livekit_worker_encode_migrate (const gchar * const *jobs);
