/* Bytes and branches: how many primes there are below n, at most 2^20. */
static unsigned char composite[1 << 20];

__attribute__((export_name("run"))) long long run(int n)
{
    int count = 0;
    for (int i = 0; i < n; i++)
        composite[i] = 0;
    for (int i = 2; i < n; i++) {
        if (composite[i])
            continue;
        count++;
        for (int k = i + i; k < n; k += i)
            composite[k] = 1;
    }
    return count;
}
