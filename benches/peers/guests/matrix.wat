(module
  (type (;0;) (func (param i32) (result i64)))
  (func (;0;) (type 0) (param i32) (result i64)
    (local i64 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 f64)
    i64.const 0
    local.set 1
    block  ;; label = @1
      local.get 0
      i32.const 1
      i32.lt_s
      br_if 0 (;@1;)
      i32.const 0
      local.set 2
      i32.const 0
      local.set 3
      i32.const 0
      local.set 4
      i32.const 0
      local.set 5
      loop  ;; label = @2
        local.get 2
        local.set 6
        local.get 3
        local.set 7
        local.get 0
        local.set 8
        local.get 4
        local.set 9
        loop  ;; label = @3
          local.get 6
          i32.const 132096
          i32.add
          local.get 9
          local.get 9
          i32.const 13
          i32.div_u
          i32.const 13
          i32.mul
          i32.sub
          f64.convert_i32_s
          f64.const 0x1p-1 (;=0.5;)
          f64.mul
          f64.store
          local.get 6
          i32.const 1024
          i32.add
          local.get 7
          local.get 7
          i32.const 11
          i32.div_u
          i32.const 11
          i32.mul
          i32.sub
          f64.convert_i32_s
          f64.const 0x1p-2 (;=0.25;)
          f64.mul
          f64.store
          local.get 6
          i32.const 8
          i32.add
          local.set 6
          local.get 7
          i32.const 3
          i32.add
          local.set 7
          local.get 9
          i32.const 2
          i32.add
          local.set 9
          local.get 8
          i32.const -1
          i32.add
          local.tee 8
          br_if 0 (;@3;)
        end
        local.get 2
        i32.const 1024
        i32.add
        local.set 2
        local.get 3
        i32.const 7
        i32.add
        local.set 3
        local.get 4
        i32.const 5
        i32.add
        local.set 4
        local.get 5
        i32.const 1
        i32.add
        local.tee 5
        local.get 0
        i32.ne
        br_if 0 (;@2;)
      end
      local.get 0
      i32.const 1
      i32.lt_s
      br_if 0 (;@1;)
      local.get 0
      i32.const -4
      i32.and
      local.set 8
      local.get 0
      i32.const 3
      i32.and
      local.set 4
      local.get 0
      i32.const -1
      i32.add
      local.set 10
      i32.const 0
      local.set 5
      i32.const 1040
      local.set 11
      i32.const 1024
      local.set 12
      loop  ;; label = @2
        i32.const 132096
        local.set 2
        i32.const 0
        local.set 3
        loop  ;; label = @3
          block  ;; label = @4
            block  ;; label = @5
              local.get 10
              i32.const 3
              i32.ge_u
              br_if 0 (;@5;)
              f64.const 0x0p+0 (;=0;)
              local.set 13
              i32.const 0
              local.set 9
              br 1 (;@4;)
            end
            f64.const 0x0p+0 (;=0;)
            local.set 13
            i32.const 0
            local.set 9
            local.get 2
            local.set 6
            local.get 11
            local.set 7
            loop  ;; label = @5
              local.get 7
              i32.const 8
              i32.add
              f64.load
              local.get 6
              i32.const 3072
              i32.add
              f64.load
              f64.mul
              local.get 7
              f64.load
              local.get 6
              i32.const 2048
              i32.add
              f64.load
              f64.mul
              local.get 7
              i32.const -8
              i32.add
              f64.load
              local.get 6
              i32.const 1024
              i32.add
              f64.load
              f64.mul
              local.get 7
              i32.const -16
              i32.add
              f64.load
              local.get 6
              f64.load
              f64.mul
              local.get 13
              f64.add
              f64.add
              f64.add
              f64.add
              local.set 13
              local.get 6
              i32.const 4096
              i32.add
              local.set 6
              local.get 7
              i32.const 32
              i32.add
              local.set 7
              local.get 8
              local.get 9
              i32.const 4
              i32.add
              local.tee 9
              i32.ne
              br_if 0 (;@5;)
            end
          end
          block  ;; label = @4
            local.get 4
            i32.eqz
            br_if 0 (;@4;)
            local.get 12
            local.get 9
            i32.const 3
            i32.shl
            i32.add
            local.set 6
            local.get 2
            local.get 9
            i32.const 10
            i32.shl
            i32.add
            local.set 7
            local.get 4
            local.set 9
            loop  ;; label = @5
              local.get 6
              f64.load
              local.get 7
              f64.load
              f64.mul
              local.get 13
              f64.add
              local.set 13
              local.get 6
              i32.const 8
              i32.add
              local.set 6
              local.get 7
              i32.const 1024
              i32.add
              local.set 7
              local.get 9
              i32.const -1
              i32.add
              local.tee 9
              br_if 0 (;@5;)
            end
          end
          local.get 5
          i32.const 10
          i32.shl
          local.get 3
          i32.const 3
          i32.shl
          i32.add
          i32.const 263168
          i32.add
          local.get 13
          f64.store
          local.get 2
          i32.const 8
          i32.add
          local.set 2
          local.get 3
          i32.const 1
          i32.add
          local.tee 3
          local.get 0
          i32.ne
          br_if 0 (;@3;)
        end
        local.get 12
        i32.const 1024
        i32.add
        local.set 12
        local.get 11
        i32.const 1024
        i32.add
        local.set 11
        local.get 5
        i32.const 1
        i32.add
        local.tee 5
        local.get 0
        i32.ne
        br_if 0 (;@2;)
      end
      local.get 0
      i32.const 1
      i32.lt_s
      br_if 0 (;@1;)
      local.get 0
      i32.const 3
      i32.and
      local.set 7
      block  ;; label = @2
        block  ;; label = @3
          local.get 10
          i32.const 3
          i32.ge_u
          br_if 0 (;@3;)
          f64.const 0x0p+0 (;=0;)
          local.set 13
          i32.const 0
          local.set 9
          br 1 (;@2;)
        end
        local.get 0
        i32.const -4
        i32.and
        local.set 8
        f64.const 0x0p+0 (;=0;)
        local.set 13
        i32.const 0
        local.set 9
        i32.const 263168
        local.set 6
        loop  ;; label = @3
          local.get 13
          local.get 6
          f64.load
          f64.add
          local.get 6
          i32.const 1032
          i32.add
          f64.load
          f64.add
          local.get 6
          i32.const 2064
          i32.add
          f64.load
          f64.add
          local.get 6
          i32.const 3096
          i32.add
          f64.load
          f64.add
          local.set 13
          local.get 6
          i32.const 4128
          i32.add
          local.set 6
          local.get 8
          local.get 9
          i32.const 4
          i32.add
          local.tee 9
          i32.ne
          br_if 0 (;@3;)
        end
      end
      block  ;; label = @2
        local.get 7
        i32.eqz
        br_if 0 (;@2;)
        local.get 9
        i32.const 1032
        i32.mul
        i32.const 263168
        i32.add
        local.set 6
        loop  ;; label = @3
          local.get 13
          local.get 6
          f64.load
          f64.add
          local.set 13
          local.get 6
          i32.const 1032
          i32.add
          local.set 6
          local.get 7
          i32.const -1
          i32.add
          local.tee 7
          br_if 0 (;@3;)
        end
      end
      local.get 13
      i64.reinterpret_f64
      local.set 1
    end
    local.get 1)
  (table (;0;) 1 1 funcref)
  (memory (;0;) 7)
  (global (;0;) (mut i32) (i32.const 398336))
  (export "memory" (memory 0))
  (export "run" (func 0)))
