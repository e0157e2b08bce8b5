/* Path checks: every directory and link on the path counts, for all files that libvm trusts. */
#include "trusted_files.h"

/* A user that can write to a directory can replace its subdirectories. */
static void folders_above(void)
{
    Path inner;
    make_folder("open");
    make_folder("open/middle");
    inner = fill("open/middle/inner");
    accepted(inner.text);
    SURE(chmod(in_scratch("open").text, 0777) == 0);
    refused(inner.text, "/open is world-writable; if its contents are right, run `chmod go-w /", "/open`");
    accepted_by(inner.text, trust_all);
    SURE(chmod(in_scratch("open").text, 01777) == 0); /* entries of other users cannot be renamed here */
    accepted(inner.text);
    if (open_to_group(in_scratch("open/middle").text, 0775))
        refused(inner.text, "/open/middle is writable by the group 65534", "run `chmod g-w /");
    SURE(chmod(in_scratch("open/middle").text, 0755) == 0);
    SURE(chmod(inner.text, 01777) == 0);
    refused(inner.text, "/inner is open to every user of this machine", "move it into a directory of its own");
    SURE(chmod(inner.text, 0755) == 0);
    accepted(inner.text);
}

/* A link counts with all that leads to it, and with all that it leads through. */
static void links(void)
{
    Path good = fill("good"), link = in_scratch("shared/link"), outer = in_scratch("outer");
    make_folder("shared");
    SURE(symlink("../good", link.text) == 0 && symlink("shared/link", outer.text) == 0);
    accepted(link.text);
    accepted(outer.text);
    SURE(chmod(in_scratch("shared").text, 0777) == 0);
    refused(link.text, "/shared is world-writable", "run `chmod go-w /");
    refused(outer.text, "/shared is world-writable", "run `chmod go-w /");
    SURE(chmod(in_scratch("shared").text, 01777) == 0);
    refused(outer.text, "/shared is open to every user of this machine", "move it");
    SURE(chmod(in_scratch("shared").text, 0755) == 0);
    accepted(join(link.text, "../good").text);
    accepted(good.text);
}

int main(void)
{
    make_scratch();
    folders_above();
    links();
    return finish();
}
