/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "delivery.h"
#include "record.h"

/* The way of a call's journal into the database. */
typedef struct _Keep Keep;

Keep *keep_begin (const gchar * db, const gchar * call_id,
    const Delivery * delivery, GError ** error);
const gchar *keep_journal (const Keep * keep);
Record *keep_record (const Keep * keep, guint lines, GError ** error);
gchar *keep_end (Keep * keep, gchar ** undelivered, GError ** error);
