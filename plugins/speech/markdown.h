/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cell.h"

typedef struct _Markdown Markdown;

Markdown *markdown_new (void);
void markdown_free (Markdown * md);
void markdown_push (Markdown * md, gunichar c, GArray * cells);
void markdown_flush (Markdown * md, GArray * cells);
void markdown_reset (Markdown * md);
gsize markdown_position (const Markdown * md);
