/* Floating-point numbers: the trace of the product of two n by n matrices, n at most 128, as its bits. */
static double a[128][128], b[128][128], c[128][128];

__attribute__((export_name("run"))) long long run(int n)
{
    union {
        double number;
        long long bits;
    } trace = { 0 };
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            a[i][j] = (i * 7 + j * 3) % 11 * 0.25;
            b[i][j] = (i * 5 + j * 2) % 13 * 0.5;
        }
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            double sum = 0;
            for (int k = 0; k < n; k++)
                sum += a[i][k] * b[k][j];
            c[i][j] = sum;
        }
    for (int i = 0; i < n; i++)
        trace.number += c[i][i];
    return trace.bits;
}
