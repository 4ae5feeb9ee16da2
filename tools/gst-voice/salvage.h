/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store.h"

/* The journal of one call whose process has ended: completes it with
 * `session-ended {reason: crashed}` if it has no last line, and puts it into
 * the store. Journals of other calls are not touched. @record (out) (nullable):
 * what it says; %NULL if the call has written nothing. */
gboolean call_salvage (Store * store, const gchar * journal_dir,
    const gchar * call_id, Record ** record, GError ** error);
