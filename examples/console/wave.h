/* The column of the wave in a line; both count from the upper left corner, columns from 1. */
int wave_column(long line);
