/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "record.h"

#include <stdio.h>

void report_print (const Record * record, const gchar * db,
    const gchar * speaker, FILE * out);
