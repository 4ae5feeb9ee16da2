/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage.h"

G_BEGIN_DECLS

typedef enum
{
  STAGE_BUFFER,
  STAGE_EVENT,
  STAGE_JOB,
} StageItemKind;

/* What waits for a stage's task. */
typedef struct
{
  StageItemKind kind;
  GstMiniObject *object;        /* the buffer or event */
  GstVoiceStageFunc func;       /* the job */
  gpointer data;
  GDestroyNotify destroy;

  GstClockTime at;              /* when it came */
  GstVoiceMark mark;
  gboolean can_expire;
  gsize size;
  GstVoiceToken *token;
} StageItem;

typedef struct
{
  GQueue items;
  guint n_buffers;
  gsize n_bytes;
} StageQueue;

G_GNUC_INTERNAL void stage_item_free (StageItem * item);

G_GNUC_INTERNAL void stage_queue_push (StageQueue * queue, StageItem * item);
G_GNUC_INTERNAL StageItem *stage_queue_pop (StageQueue * queue);
G_GNUC_INTERNAL gboolean stage_queue_is_full (const StageQueue * queue,
    guint max_buffers, gsize max_bytes, gsize more);
G_GNUC_INTERNAL GSList *stage_queue_purge (StageQueue * queue,
    const GstVoiceFilter * filter);
G_GNUC_INTERNAL GSList *stage_queue_leak (StageQueue * queue,
    guint max_buffers, gsize max_bytes, gsize more, GstClockTime * lost);
G_GNUC_INTERNAL GSList *stage_queue_clear (StageQueue * queue);

G_END_DECLS
