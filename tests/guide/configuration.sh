mkdir plugins
cp configuration-files.toml libvm.toml
program
